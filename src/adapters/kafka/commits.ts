import type { Clock } from "../../core/ports/clock.js";
import { createSignal } from "../../core/signal.js";
import type { Member, Position } from "./driver.js";
import type { Tracker } from "./tracker.js";

export interface Commits {
  /** Resolves when the broker has the positions as they are now. `now`: somebody waits for it. */
  flush(now?: "now"): Promise<void>;
  /** The broker has these. */
  stored(partition: number, position: number): void;
  /** Until `open` nothing is sent: the group is built anew. */
  shut(): void;
  open(): void;
}

/**
 * From one to the next: each costs the server as much as a publication, and what is published meanwhile waits for it. Where
 * many messages wait they are sooner, for the reader lets so many come again after a crash and no more.
 */
const PACE_MS = 100;
const SOON_MS = 10;
const MANY = 2000;

/** One request at a time; what is acknowledged meanwhile goes with the next one. */
export function createCommits(member: Pick<Member, "commit">, trackers: ReadonlyMap<number, Pick<Tracker, "position" | "last">>, clock: Clock): Commits {
  const stored = new Map<number, number>();
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let opened: Promise<void> = Promise.resolve();
  let reopen = (): void => undefined;
  let isShut = false;
  let begun = -PACE_MS;
  let pressed = false;
  const hurry = createSignal();

  async function send(): Promise<void> {
    if (isShut) await opened;
    pressed = false;
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
  const waiting = (): number => [...trackers].reduce((sum, [partition, tracker]) => sum + tracker.position() - (stored.get(partition) ?? tracker.position()), 0);
  const left = (): number => (pressed ? 0 : begun + (waiting() < MANY ? PACE_MS : SOON_MS) - clock.monotonic());
  async function next(): Promise<void> {
    // Its failure is told to whoever asked for it.
    await running?.catch(() => undefined);
    for (let ms = left(); ms > 0; ms = left()) {
      const due = hurry.next();
      const cancel = clock.after(ms, hurry.tell);
      await due;
      cancel();
    }
    following = null;
    return (running = run());
  }
  return {
    flush(now) {
      pressed ||= now !== undefined;
      if (running === null && following === null && left() <= 0) return (running = run());
      following ??= next();
      if (left() <= 0) hurry.tell();
      return following;
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
