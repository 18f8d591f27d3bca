import type { BudgetUse, StoreCounts, StoreReader } from "../../core/ports/store.js";
import type { Finding } from "./doctor.js";
import { thousands } from "../../core/thousands.js";

/** Sums over runs that are shown. */
const MOST_BUDGETS = 20;

/** What a store holds, whichever it is. */
export async function held(store: Pick<StoreReader, "budgets">, counts: StoreCounts): Promise<readonly Finding[]> {
  return [{ what: "runs", ok: true, says: runsOf(counts) }, ...deadLetters(counts), ...tableRows(counts), ...(await store.budgets({ limit: MOST_BUDGETS })).map(budgetUse)];
}

function runsOf({ running, parked, incidents, ended, unsent }: StoreCounts): string {
  const incidentsOf = incidents === 0 ? "" : ` (${thousands(incidents)} ${incidents === 1 ? "incident" : "incidents"}: flowctl runs list --state parked)`;
  return `${thousands(running)} running, ${thousands(parked)} waiting${incidentsOf}, ${thousands(ended)} ended; ${thousands(unsent)} ${unsent === 1 ? "message" : "messages"} not yet sent`;
}


const deadLetters = ({ deadLetters: letters }: StoreCounts): readonly Finding[] => (letters === 0 ? [] : [{ what: "dead letters", ok: true, says: `${thousands(letters)}: flowctl dlq list` }]);

const tableRows = ({ rows }: StoreCounts): readonly Finding[] => (rows === 0 ? [] : [{ what: "tables", ok: true, says: `${thousands(rows)} ${rows === 1 ? "row" : "rows"}: flowctl tables list` }]);

/** Scopes are lists: the flow, the day, the key. */
function budgetUse({ scope, tokens, usd }: BudgetUse): Finding {
  const [flow, ...over]: readonly unknown[] = JSON.parse(scope);
  return { what: "budget", ok: true, says: `${[flow, ...over.filter((one) => one !== null)].map(String).join(", ")}: ${thousands(tokens)} tokens, $${usd.toFixed(4)} spent or held back` };
}
