/** At most `max` starts in any time of `window` ms. Who has to wait keeps the place in line that it got first. */
export interface Rate {
  /**
   * Null: it starts now, which counts. Else when it may ask again. `share`: how much of the rate is this process's (I19),
   * rounded up to whole starts in a window that is longer by as much: half of 5 a second is 3 in 1.2 s.
   */
  take(id: string, now: number, share?: number): number | null;
  /** Nobody waits, and whoever asks would start as if nobody had before. */
  isIdle(now: number): boolean;
}

/** Who waited so long beyond its time is gone. */
const GONE_MS = 600_000;
const MANY = 1000;
/** One shard. */
const LEAST = 1 / 64;

export function makeRate(max: number, window: number): Rate {
  /** When the last ones have started; and when they may, those that wait included. */
  const started = ring(max);
  const planned = ring(max);
  const waiting = new Map<string, number>();
  /** With the smallest share that it has had. */
  let longest = window;
  const isGone = (at: number, now: number): boolean => at < now - GONE_MS;
  let latest = -Infinity;
  /** A clock that was set back says nothing about how long ago the last ones began: as if no time had passed. */
  const follow = (now: number): void => {
    const back = latest - now;
    latest = now;
    if (back <= 0) return;
    started.shift(back);
    planned.shift(back);
    for (const [id, at] of waiting) waiting.set(id, at - back);
  };
  let lookAt = MANY;
  /** As seldom as their number doubles: most of them may come. */
  const forget = (now: number): void => {
    for (const [id, at] of waiting) if (isGone(at, now)) waiting.delete(id);
    lookAt = Math.max(waiting.size * 2, MANY);
  };
  const plan = (now: number, places: number, span: number): number => {
    if (waiting.size >= lookAt) forget(now);
    const at = Math.max(now, planned.last(places) + span);
    planned.push(at);
    return at;
  };
  return {
    take(id, now, share = 1) {
      follow(now);
      // A process that has no share left starts what it still has.
      const mine = max * Math.max(share, LEAST);
      const places = Math.ceil(mine);
      const span = (window * places) / mine;
      longest = Math.max(longest, span);
      const at = waiting.get(id) ?? plan(now, places, span);
      // Whoever started late makes those behind it late too.
      const free = Math.max(at, started.last(places) + span);
      if (free > now) {
        waiting.set(id, free);
        return free;
      }
      waiting.delete(id);
      started.push(now);
      return null;
    },
    isIdle: (now) => started.last(1) + longest <= now && waiting.values().every((at) => isGone(at, now)),
  };
}

/** The last so many times. */
function ring(size: number): { push(time: number): void; /** The so manieth of the last; -Infinity as long as there are less. */ last(count: number): number; shift(back: number): void } {
  const times: number[] = [];
  let next = 0;
  return {
    push(time) {
      times[next] = time;
      next = (next + 1) % size;
    },
    shift: (back) => times.forEach((time, at) => (times[at] = time - back)),
    last: (count) => times[(next - count + size) % size] ?? -Infinity,
  };
}
