import { elapse } from "../../../core/elapse.js";
import type { Clock } from "../../../core/ports/clock.js";
import { failure } from "./failure.js";

/** A partition without a leader, and a group without its coordinator: the servers move them, or are just loading them. */
const MOVED = new Set(["NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "NOT_COORDINATOR_FOR_GROUP", "GROUP_COORDINATOR_NOT_AVAILABLE", "GROUP_LOAD_IN_PROGRESS"]);
const AGAIN_MS = 100;
const TIMES = 30;
/** What was just made, on servers that are busy making the rest of it. */
const TIMES_MADE = 300;

/** The server that is asked has not heard of it yet, where it is known to be there. */
export const UNHEARD = "UNKNOWN_TOPIC_OR_PARTITION";

/** The controller has not heard of enough servers for seconds, which are busy or just starting; or another one is it now. */
const UNREADY = new Set(["INVALID_REPLICATION_FACTOR", "NOT_CONTROLLER"]);

/** A topic's or a group's server went, and another one leads in a moment; who asks again asks that one. */
export const led = <T>(clock: Clock, act: () => Promise<T>): Promise<T> => again(clock, act, TIMES, (type) => MOVED.has(type));

/** The same of what was just made. */
export const ledOnceMade = <T>(clock: Clock, act: () => Promise<T>): Promise<T> => again(clock, act, TIMES_MADE, (type) => MOVED.has(type) || type === UNHEARD);

/** The same of what is being made, where there are servers enough. */
export const ledToMake = <T>(clock: Clock, act: () => Promise<T>): Promise<T> => again(clock, act, TIMES_MADE, (type) => MOVED.has(type) || UNREADY.has(type));

async function again<T>(clock: Clock, act: () => Promise<T>, times: number, comes: (type: string) => boolean): Promise<T> {
  for (let time = 1; ; time += 1) {
    try {
      return await act();
    } catch (error) {
      if (time === times || !comes(failure(error).type ?? "")) throw error;
      await elapse(clock, AGAIN_MS);
    }
  }
}
