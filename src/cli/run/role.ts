import { InfraError } from "../../core/errors.js";
import { queueUses } from "../../core/plan/queue-uses.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { isSiteKey, siteOf, type Site, type Role } from "../../core/queues.js";
import { CommandError, EXIT } from "../exit.js";
import type { StorageChoice } from "./choose-storage.js";

const ORCHESTRATE = "orchestrate";
const QUEUE = "queue:";

/** What `--only` says, against what the flows have; undefined: everything. I24: only who shares a store can do a part. */
export function roleOf(only: readonly string[], plans: readonly FlowPlan[], storage: StorageChoice): Role | undefined {
  if (only.length === 0) return undefined;
  const queues = only.flatMap((part): readonly Site[] => (part === ORCHESTRATE ? [] : [siteIn(part, plans)]));
  if (storage.kind !== "postgres") {
    throw new InfraError("FC6057", `\`--only ${only[0] ?? ""}\` leaves the rest to other processes, and the store is this process's alone.`, { hint: "Processes share a store on PostgreSQL: docs/stores.md. Without `--only` one process does everything." });
  }
  return { orchestrates: only.includes(ORCHESTRATE), queues };
}

function siteIn(part: string, plans: readonly FlowPlan[]): Site {
  const site = siteOf(part.slice(QUEUE.length));
  if (!part.startsWith(QUEUE) || site.queue === "" || (site.key !== null && !isSiteKey(site.key))) throw new CommandError(EXIT.usage, `\`--only ${part}\` is no part of what flows do`, "write `--only orchestrate`, `--only queue:NAME` or `--only queue:NAME.SITE`");
  const uses = plans.flatMap(queueUses);
  const names = [...new Set(uses.map(({ queue }) => queue))];
  if (!names.includes(site.queue)) throw new CommandError(EXIT.usage, `no step of these flows is on the queue \`${site.queue}\``, names.length === 0 ? "a step has one by `queue: name`" : `there ${names.length === 1 ? "is" : "are"} ${names.map((name) => `\`${name}\``).join(", ")}`);
  if (site.key !== null && !uses.some(({ queue, keyed }) => queue === site.queue && keyed)) throw new CommandError(EXIT.usage, `the queue \`${site.queue}\` has no sites`, "its steps name one by `queue: { name, key }`");
  return site;
}
