import { elapse } from "../../core/elapse.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Member, Position } from "./driver.js";
import type { Tracker } from "./tracker.js";

export interface Commits {
  /** Resolves when the broker has the positions as they are now. */
  flush(): Promise<void>;
  /** The broker has these. */
  stored(partition: number, position: number): void;
  /** Until `open` nothing is sent: the group is built anew. */
  shut(): void;
  open(): void;
}

/**
 * From one to the next: each costs the server as much as a publication, and says more when it comes later. A reader has few
 * batches that wait for one: at twice this it waited for commits a fifth of its time.
 */
const PACE_MS = 10;

/** One request at a time; what is acknowledged meanwhile goes with the next one. */
export function createCommits(member: Pick<Member, "commit">, trackers: ReadonlyMap<number, Pick<Tracker, "position" | "last">>, clock: Clock): Commits {
  const stored = new Map<number, number>();
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let opened: Promise<void> = Promise.resolve();
  let reopen = (): void => undefined;
  let isShut = false;
  let begun = -PACE_MS;

  async function send(): Promise<void> {
    if (isShut) await opened;
    const ahead = new Map<number, Position>();
    for (const [partition, tracker] of trackers) if (tracker.position() !== stored.get(partition)) ahead.set(partition, { offset: tracker.position(), last: tracker.last() });
    if (ahead.size === 0) return;
    begun = clock.monotonic();
    await member.commit(ahead);
    for (const [partition, { offset }] of ahead) stored.set(partition, offset);
  }
  async function run(): Promise<void> {
    try {
      await send();
    } finally {
      running = null;
    }
  }
  const left = (): number => begun + PACE_MS - clock.monotonic();
  async function next(): Promise<void> {
    // Whoever asked for that one hears of it.
    await running?.catch(() => undefined);
    const ms = left();
    if (ms > 0) await elapse(clock, ms);
    following = null;
    return (running = run());
  }
  return {
    flush() {
      if (running === null && following === null && left() <= 0) return (running = run());
      return (following ??= next());
    },
    stored: (partition, position) => void stored.set(partition, position),
    shut() {
      if (isShut) return;
      isShut = true;
      opened = new Promise<void>((resolve) => {
        reopen = resolve;
      });
    },
    open() {
      isShut = false;
      reopen();
    },
  };
}
