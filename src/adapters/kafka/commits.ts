import type { Member } from "./driver.js";
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

/** One request at a time; what is acknowledged meanwhile goes with the next one. */
export function createCommits(member: Member, trackers: ReadonlyMap<number, Tracker>): Commits {
  const stored = new Map<number, number>();
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let opened: Promise<void> = Promise.resolve();
  let reopen = (): void => undefined;
  let isShut = false;

  async function send(): Promise<void> {
    if (isShut) await opened;
    const ahead = new Map<number, number>();
    for (const [partition, tracker] of trackers) if (tracker.position() !== stored.get(partition)) ahead.set(partition, tracker.position());
    if (ahead.size === 0) return;
    await member.commit(ahead);
    for (const [partition, position] of ahead) stored.set(partition, position);
  }
  async function run(): Promise<void> {
    try {
      await send();
    } finally {
      running = null;
    }
  }
  return {
    flush() {
      if (running === null) return (running = run());
      following ??= running
        .catch(() => undefined)
        .then(() => {
          following = null;
          return (running = run());
        });
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
