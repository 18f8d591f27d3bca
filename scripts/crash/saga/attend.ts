import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import type { Wait } from "../../../src/core/event.js";
import type { Operator } from "../../../src/core/ports/operator.js";
import type { RunRow } from "../../../src/core/ports/store.js";
import type { RunId } from "../../../src/core/run-id.js";
import type { Project } from "../project.js";
import { type Order, orderOf } from "./order.js";

/** Who was asked by what: a person forgets what he has done, but not what he was told. */
const known = new Map<RunId, Order>();
const MOST = 100_000;
const BY = "a person";

/** Answers what waits, as the orders want it: who is not sure that an answer has arrived gives it again. */
export async function attend(operator: Operator, project: Project): Promise<void> {
  for (const { run, waits } of await parked(operator, project)) {
    for (const wait of waits) await see(project, operator, run, wait);
  }
}

/** All of them: a process that serves a file gives a thousand. */
async function parked({ store }: Operator, { database, store: shared }: Project): Promise<readonly RunRow[]> {
  if (shared !== null) return await store.runs({ state: "parked", limit: MOST });
  await using reader = await openSqliteReader(database);
  return await reader.runs({ state: "parked", limit: MOST });
}

async function see({ url }: Project, operator: Operator, run: RunId, { kind, path }: Wait): Promise<void> {
  const order = known.get(run) ?? (await read(operator, run));
  known.set(run, order);
  const { id, fails, needs } = order;
  if (kind === "ask" && needs === "cancel") await operator.request(run, { kind: "cancel" }, BY);
  if (kind === "ask" && (needs === "yes" || needs === "no")) await operator.request(run, { kind: "answer", path, payload: needs === "yes" }, BY);
  if (kind === "signal") await operator.request(run, { kind: "signal", name: "signed", payload: true }, BY);
  if (kind === "message") await operator.publish([{ topic: "papers", key: id, id: `paper-${id}`, headers: { "flowctl-id": `paper-${id}` }, body: JSON.stringify({ id }) }]);
  if (kind === "incident" && fails === "healed") {
    await fetch(`${url}/heal`, { method: "POST", body: JSON.stringify({ id }) });
    await operator.request(run, { kind: "resolve", path, action: "retry" }, BY);
  }
}

async function read({ store }: Operator, run: RunId): Promise<Order> {
  for await (const event of store.read(run, 0)) if (event.type === "run.admitted") return orderOf(event.data.input);
  throw new Error(`run ${run} has no beginning`);
}
