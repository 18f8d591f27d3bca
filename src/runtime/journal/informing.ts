import type { Clock } from "../../core/ports/clock.js";
import type { RunId } from "../../core/run-id.js";
import type { Observer } from "../ports.js";
import type { Journal } from "../run/journal.js";
import { makeEvent } from "./event.js";

const DURABLE = Promise.resolve();

/** The journal of a pure run: its events are told to observers and kept nowhere (I42). */
export function informingJournal(run: RunId, clock: Clock, observer: Observer): Journal {
  if (observer.pure === false) return { run, append: nothing, barrier };
  let seq = 0;
  return {
    run,
    append(type, path, data) {
      observer.event(makeEvent(type, run, seq, clock.now(), path, false, data));
      seq += 1;
    },
    barrier,
  };
}

const nothing = (): void => undefined;
const barrier = (): Promise<void> => DURABLE;
