import type { RequestOutcome } from "../../core/ports/operator.js";
import type { InboxRow } from "../../core/ports/store.js";
import { checkRequest } from "../inbox/check-request.js";
import { ACCEPTED } from "../inbox/outcome.js";
import type { World } from "../world.js";
import { actOn } from "./act-on.js";
import { readJournal, readWhole } from "./load.js";

/**
 * What somebody asks of a run of this process. The event about it is what makes it durable: the inbox is for those who
 * are not the owner (I1).
 */
export async function request(row: InboxRow, world: World): Promise<RequestOutcome> {
  const outcome = await checkRequest(world.ports.store, row.run, row.request, async () => (await readJournal(row.run, world)).events);
  const done = outcome.is === "accepted" ? await actOn(row, world, false) : outcome;
  if (done.is === "accepted" || done.why === "invalid" || done.why === "no_such_run") return done;
  // The same request once more, after a lost reply.
  const events = await readWhole(row.run, world);
  return events.some((event) => event.type === "signal.received" && event.data.id === row.id && (event.path !== undefined || row.request.kind === "signal")) ? ACCEPTED : done;
}
