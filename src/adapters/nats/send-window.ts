import type { Outgoing } from "../../core/ports/bus.js";

/** Under way at once; the server drops what comes faster than it can keep. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 8 * 1024 * 1024;
/** So much at least, however slow the link is. */
const LEAST_BYTES = 16 * 1024;
/** What is answered later says that no more should be under way. */
const SOON_MS = 1250;

/** A message that waits for its turn, or for an answer. */
export interface Entry {
  readonly message: Outgoing;
  /** In the order of the calls. */
  readonly order: number;
  /** One at a time within it; null: pipelined. */
  readonly lane: string | null;
  readonly size: number;
}

interface Flight<E> {
  readonly entry: E;
  /** By a monotonic clock. */
  readonly sentAt: number;
}

/** What is under way, by a key of its own, and what goes next: in order, as many as the server can keep, of a lane one at a time. */
export interface SendWindow<E extends Entry> {
  /** Behind everything. */
  add(entry: E): void;
  /** The next that may go now, which is under way from then on; null: there is none, or no room. */
  take(now: number): { readonly key: string; readonly entry: E } | null;
  /** What is under way by this key. */
  under(key: string): E | undefined;
  /** Under way no more; undefined: it was not. `answered`, by a monotonic clock: more may be under way where the answer came soon. */
  land(key: string, answered?: number): E | undefined;
  /** What is under way was not answered in its time: the link carries less, and half of that is under way from then on. */
  narrow(): void;
  /** Its lane is free for the one behind it. */
  free(entry: E): void;
  /** To go again, with `rewind`. */
  fail(entry: E): void;
  /** What failed goes again, before everything that came after it. For when nothing is under way. */
  rewind(): void;
  /** Everything of a topic, which goes out no more. */
  without(topic: string): readonly E[];
  /** Everything. */
  clear(): readonly E[];
  flying(): number;
  /** Neither under way nor behind one of its lane. */
  queued(): number;
  /** Keys of what was sent before, the oldest first. */
  sentBefore(time: number): readonly string[];
}

export function createSendWindow<E extends Entry>(): SendWindow<E> {
  const flights = new Map<string, Flight<E>>();
  let queue: E[] = [];
  let next = 0;
  /** Entries that wait behind one of their lane. */
  const lanes = new Map<string, E[]>();
  /** Their lane is theirs. */
  let freed: E[] = [];
  let failed: E[] = [];
  let bytes = 0;
  let room = MOST_BYTES;
  let keys = 0;

  /** The next in order whose lane, if it has one, is free. */
  function pick(): E | undefined {
    const first = freed.shift();
    if (first !== undefined) return first;
    while (next < queue.length) {
      const entry = queue[next];
      next += 1;
      const behind = entry === undefined || entry.lane === null ? undefined : lanes.get(entry.lane);
      if (entry === undefined) continue;
      if (behind === undefined) {
        if (entry.lane !== null) lanes.set(entry.lane, []);
        return entry;
      }
      behind.push(entry);
    }
    queue = [];
    next = 0;
    return undefined;
  }
  const waiting = (): E[] => [...failed, ...freed, ...[...lanes.values()].flat(), ...queue.slice(next)];
  const everything = (): E[] => [...[...flights.values()].map(({ entry }) => entry), ...waiting()];
  function land(key: string, answered = Infinity): E | undefined {
    const flight = flights.get(key);
    if (flight === undefined) return undefined;
    const { entry, sentAt } = flight;
    flights.delete(key);
    bytes -= entry.size;
    if (answered - sentAt < SOON_MS) room = Math.min(room + entry.size, MOST_BYTES);
    return entry;
  }
  return {
    add: (entry) => void queue.push(entry),
    take(now) {
      if (flights.size >= MOST_MESSAGES || bytes >= room) return null;
      const entry = pick();
      if (entry === undefined) return null;
      const key = (keys += 1).toString(36);
      flights.set(key, { entry, sentAt: now });
      bytes += entry.size;
      return { key, entry };
    },
    under: (key) => flights.get(key)?.entry,
    land,
    narrow() {
      room = Math.max(Math.floor(Math.min(bytes, room) / 2), LEAST_BYTES);
    },
    free({ lane }) {
      if (lane === null) return;
      const behind = lanes.get(lane)?.shift();
      if (behind === undefined) lanes.delete(lane);
      else freed.push(behind);
    },
    fail: (entry) => void failed.push(entry),
    rewind() {
      queue = waiting().sort((a, b) => a.order - b.order);
      next = 0;
      freed = [];
      failed = [];
      lanes.clear();
    },
    without(topic) {
      const others = ({ message }: E): boolean => message.topic !== topic;
      const mine = everything().filter((entry) => !others(entry));
      for (const [key, { entry }] of flights) if (!others(entry)) land(key);
      for (const lane of lanes.keys()) if (lane.startsWith(`${topic}\n`)) lanes.delete(lane);
      freed = freed.filter(others);
      failed = failed.filter(others);
      queue = queue.slice(next).filter(others);
      next = 0;
      return mine;
    },
    clear() {
      const all = everything();
      flights.clear();
      lanes.clear();
      queue = [];
      next = 0;
      freed = [];
      failed = [];
      bytes = 0;
      return all;
    },
    flying: () => flights.size,
    queued: () => queue.length - next,
    sentBefore(time) {
      const found: string[] = [];
      for (const [key, { sentAt }] of flights) {
        if (sentAt > time) break;
        found.push(key);
      }
      return found;
    },
  };
}

/** What is in order with each other: one topic's messages of one key. */
export const laneOf = ({ topic, key }: Outgoing): string => `${topic}\n${key ?? ""}`;
