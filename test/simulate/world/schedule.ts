import type { Clock } from "../../../src/core/ports/clock.js";
import type { Chance } from "../chance.js";

/** Virtual time, and what may happen next: one choice at a time, and then all that it sets off (I44). */
export interface Schedule {
  readonly clock: Clock;
  /** Resolves when it is chosen. */
  turn(): Promise<void>;
  /** Resolves after so long, as one of what may happen then. */
  wait(ms: number): Promise<void>;
  /** Something that may happen from a time on. */
  at(time: number, act: () => void): void;
  /** One choice; false: there is none. */
  step(): Promise<boolean>;
  /** Nothing may happen before the next timer. */
  isStill(): boolean;
  /** When the next timer is due; null: there is none. */
  next(): number | null;
  /** Somebody sets the machine's clock forward or back: timers that are set do not come sooner or later for it. */
  set(ms: number): void;
}

interface Timer {
  readonly due: number;
  readonly fire: () => void;
  cancelled: boolean;
}

const MOST_TURNS = 20;
const START = Date.UTC(2026, 0, 1);

/** `hasty`: how often time passes although something could happen now: an answer that is slow. */
export function createSchedule(chance: Chance, hasty: () => number): Schedule {
  let now = START;
  /** How far the clock is from the time that has passed. */
  let ahead = 0;
  let turnsComing = 0;
  const ready: (() => void)[] = [];
  const timers: Timer[] = [];

  const after = (ms: number, fire: () => void): (() => void) => {
    const timer: Timer = { due: now + Math.max(ms, 0), fire, cancelled: false };
    insert(timers, timer);
    return () => void (timer.cancelled = true);
  };
  const next = (): Timer | null => {
    while (timers.at(-1)?.cancelled === true) timers.pop();
    return timers.at(-1) ?? null;
  };
  const turn = (): Promise<void> => new Promise<void>((resolve) => ready.push(resolve));
  const fire = (timer: Timer): void => {
    timers.pop();
    now = Math.max(now, timer.due);
    timer.fire();
  };
  /** A slow answer is slow by seconds: who waits for days is not overtaken by it. */
  const mayPass = (timer: Timer): boolean => timer.due <= now || (timer.due - now < 20_000 && chance.hit(hasty()));

  return {
    clock: {
      now: () => now + ahead,
      monotonic: () => now - START,
      after,
      soon: (run) => process.nextTick(run),
      nextTurn(run) {
        turnsComing += 1;
        setImmediate(() => {
          turnsComing -= 1;
          run();
        });
      },
    },
    turn,
    async wait(ms) {
      await new Promise<void>((resolve) => void after(ms, resolve));
      await turn();
    },
    at: (time, act) => void after(time - now - ahead, act),
    async step() {
      const timer = next();
      if (timer !== null && (ready.length === 0 || (chance.hit(0.3) && mayPass(timer)))) fire(timer);
      else if (ready.length > 0) {
        const [chosen] = ready.splice(chance.below(ready.length), 1);
        chosen?.();
      } else return false;
      // Two turns (I44), and those that the runtime itself waits for, as long as they come to an end.
      for (let turns = 0; turns < 2 || (turns < MOST_TURNS && turnsComing > 0); turns += 1) await new Promise<void>((resolve) => setImmediate(resolve));
      return true;
    },
    isStill: () => ready.length === 0,
    next() {
      const due = next()?.due;
      return due === undefined ? null : due + ahead;
    },
    set(ms) {
      ahead += ms;
    },
  };
}

/** The soonest last; of equal ones the first made. */
function insert(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timers[middle]?.due ?? 0) > timer.due) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}
