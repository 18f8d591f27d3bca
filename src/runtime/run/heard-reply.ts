import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { isErrorReply, repliedKey } from "../request/reply.js";
import type { ActiveRun } from "./active-run.js";
import type { PathHistory } from "./history.js";
import type { Signals } from "./signals.js";

/**
 * The answer to a request that its run has heard: one that came to an attempt of an earlier process, or late. An output
 * stands for every attempt that follows. An error, of which nothing was applied, ends one attempt, and the next asks again.
 */
export function heardReply({ signals }: ActiveRun, path: Path, key: string): Json | null {
  const ended = Math.max(signals.answered.get(path) ?? 0, signals.answered.get("") ?? 0);
  let error: Json | null = null;
  let nth = 0;
  for (const { data } of signals.all.values()) {
    nth += 1;
    if (repliedKey(data.name) !== key) continue;
    if (!isErrorReply(data.payload)) return data.payload;
    if (nth > ended) error = data.payload;
  }
  return error;
}

/** An attempt has ended by an answer that is an error. */
export const endedByReply = ({ signals }: ActiveRun, path: Path): void => void signals.answered.set(path, signals.all.size);

/** As the record says it: by the last end of an attempt at each path, but for one that heard nothing in its time; "": all, where a failed run went on. */
export function answeredIn(past: ReadonlyMap<Path, PathHistory>, all: Signals["all"]): Map<Path, number> {
  const answered = new Map<Path, number>();
  const replies = [...all.values()];
  if (!replies.some(({ data }) => repliedKey(data.name) !== null)) return answered;
  for (const [path, { events }] of past) {
    const ended = events.findLast((event) => event.type === "run.reopened" || (event.type === "step.failed" && event.data.error.code !== "timeout"));
    if (ended !== undefined) answered.set(path, replies.filter(({ seq }) => seq < ended.seq).length);
  }
  return answered;
}
