import type { RunEvent } from "../../../src/core/event.js";
import { lanesOf, twiceEnded } from "../../crash/check.js";
import type { Remains } from "../simulate.js";

/** What holds of any journal: dense seq (I2), one end a path (I9), lanes (I18), no incident that only a fault of ours opens (I7). */
export function* checkJournals({ events, log, subject }: Remains): Generator<string> {
  for (const [run, list] of events) {
    for (const [at, { seq }] of list.entries()) if (seq !== at) yield `${run}: seq ${seq} at ${at} (I2)`;
    for (const path of twiceEnded(sinceReopened(list))) yield `${run}: ${path} has two ends (I9)`;
    for (const event of list) {
      if (event.type === "incident.opened" && (event.data.kind === "nondeterminism" || event.data.kind === "unbindable")) yield `${run}: ${event.data.kind} at ${event.path}: ${event.data.message} (I7)`;
      if (event.type === "run.finished" && event.data.error?.message.includes("internal error") === true) yield `${run}: ${event.data.error.message}`;
    }
    const ends = list.filter(({ type }) => type === "run.finished").length;
    const reopened = list.filter(({ type }) => type === "run.reopened").length;
    if (ends !== reopened + 1) yield `${run}: ${ends} ends, ${reopened} times reopened`;
  }
  if (!subject.generated.trigger.release) yield* lanesOf(log.filter(notReopened(log)));
}

/** What a failed run does when it goes on may end again what had ended around its failure (I6). */
function sinceReopened(list: readonly RunEvent[]): readonly RunEvent[] {
  return list.slice(list.findLastIndex(({ type }) => type === "run.reopened") + 1);
}

/** A run that goes on after it failed has left its lane for good. */
function notReopened(log: readonly RunEvent[]): (event: RunEvent) => boolean {
  const reopened = new Set(log.flatMap(({ type, run }) => (type === "run.reopened" ? [run] : [])));
  return ({ run }) => !reopened.has(run);
}
