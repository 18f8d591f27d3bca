import { elapse } from "../../../core/elapse.js";
import type { Clock } from "../../../core/ports/clock.js";
import { failure } from "./failure.js";

/** A partition without a leader, and a group without its coordinator: the servers move them, or are just loading them. */
const MOVED = new Set(["NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "NOT_COORDINATOR_FOR_GROUP", "GROUP_COORDINATOR_NOT_AVAILABLE", "GROUP_LOAD_IN_PROGRESS"]);
const AGAIN_MS = 100;
const TIMES = 30;
/** What was just made, on servers that are busy making the rest of it. */
const TIMES_MADE = 300;

/** What the server that is asked has not heard of yet, where it is known to be there. */
export const UNHEARD = "UNKNOWN_TOPIC_OR_PARTITION";

/** A topic or a group that was just made, or whose server went, has its leader in a moment; who asks again asks that one. `also`: one more answer that is no last one; what was just made may take longer. */
export async function led<T>(clock: Clock, act: () => Promise<T>, also?: typeof UNHEARD): Promise<T> {
  const times = also === undefined ? TIMES : TIMES_MADE;
  for (let time = 1; ; time += 1) {
    try {
      return await act();
    } catch (error) {
      const type = failure(error).type ?? "";
      if (time === times || (!MOVED.has(type) && type !== also)) throw error;
      await elapse(clock, AGAIN_MS);
    }
  }
}
