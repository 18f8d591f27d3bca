import type { IndexOp } from "../../core/ports/store.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { Json } from "../../core/json.js";
import { ALSO_ASKED, answerToAlso } from "../request/also-asked.js";
import { endAnswer } from "../request/answers.js";
import { afterReopened, endOf } from "../request/reply.js";
import { tellParent } from "../child/tell-parent.js";
import { patiently } from "../patience.js";
import { asMessage, asRow, type DeadLetter, deadLetterOfRun, letterId } from "../trigger/dead-letter.js";
import { ownCodes } from "../trigger/own-codes.js";
import { waiterPlaces } from "../waiter/places.js";
import type { World } from "../world.js";
import { type AdmittedRun, rowOf } from "./admitted-run.js";
import type { End } from "./drive.js";
import type { OwnedRun } from "./owned-run.js";
import { report } from "./report.js";

/** Records how it ended; the message of one that failed by accident is a dead letter, before its end is durable or with it. */
export async function finish({ admitted, journal, history, handle, lane }: OwnedRun, end: End, world: World): Promise<void> {
  const { flow, run, began, parent } = admitted;
  const { clock, store, bus } = world.ports;
  const { status, output, error, emitted } = end;
  const { usage, usd } = handle?.totals() ?? { usage: { in: 0, out: 0 }, usd: 0 };
  const locks = handle?.locks() ?? [];
  handle?.drop();
  const reopened = history.reopened?.times ?? 0;
  const letter = letterOf(admitted, end, reopened);
  const dlq = admitted.from === null ? undefined : flow.plan.topics[admitted.from.source.topic]?.dlq;
  const published = letter !== null && dlq !== undefined && bus !== null ? asMessage(letter, flow.plan.id, dlq) : null;
  if (letter !== null && published === null) {
    // What it failed of: where another process has the run now, it may not fail.
    await journal.barrier();
    await patiently(clock, world.stopped, () => store.putDeadLetters([asRow(letter, flow.plan.id, clock.now())]));
    // That of its failure before says what is mended, or not the matter any more.
    if (reopened > 0) await patiently(clock, world.stopped, () => store.deleteDeadLetters([letterId(run, reopened - 1)]));
  }
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, null, { status, at: clock.now(), error }) }];
  if (lane !== null) index.push({ op: "lane.leave", lane });
  // I6: a failed run may go on, and waits then for what it has waited for.
  if (status !== "failed" && waiterPlaces(flow.plan).of.size > 0) index.push({ op: "waiter.delete", wait: null });
  index.push(...tellParent(run, parent, status, output, error, { usage, usd }));
  for (const { lock, path } of locks) index.push({ op: "lock.leave", lock, path });
  const answers = [answerOf(admitted, end, reopened), ...alsoAnswered(admitted, end, reopened, handle?.signals(ALSO_ASKED) ?? [])];
  for (const answer of answers) if (answer !== null && bus !== null) index.push({ op: "outbox.put", message: answer });
  if (published !== null) index.push({ op: "outbox.put", message: published });
  journal.append("run.finished", null, { status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error }), usage, usd }, index);
  await journal.barrier();
  const { counters } = world.stats;
  counters[status] += 1;
  if (letter !== null) counters.dlq += 1;
  world.stats.took(clock.monotonic() - began);
  report(world, { flow: flow.plan.id, run, status, ...(status === "completed" ? { output } : {}), ...(error === null ? {} : { error }), emitted });
}

/** Where its trigger says that its value is an answer. */
function answerOf({ from, flow, run }: AdmittedRun, end: End, reopened: number): TextMessage | null {
  const trigger = from === null ? undefined : flow.plan.triggers.find((one) => one.kind === "topic" && one.topic === from.source.topic);
  return from === null || trigger?.kind !== "topic" ? null : endAnswer(trigger, from.source, run, end, afterReopened(reopened));
}

/** To further requests of its key, which came while it went on. Who forked a run looks for himself. */
const alsoAnswered = ({ from, run }: AdmittedRun, end: End, reopened: number, asked: readonly Json[]): readonly (TextMessage | null)[] =>
  from === null ? [] : asked.map((payload) => answerToAlso(payload, run, endOf(end), reopened));

function letterOf({ from, flow, run }: AdmittedRun, { status, error }: End, reopened: number): DeadLetter | null {
  if (from === null || status !== "failed" || error === null || ownCodes(flow.plan).has(error.code)) return null;
  return deadLetterOfRun(run, error, from.message, from.source, from.delivery?.attempt ?? 1, from.redrives, from.delivery, reopened);
}
