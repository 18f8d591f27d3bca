/** At most `max` starts in any time of `window` ms. Who has to wait keeps the place in line that it got first. */
export interface Rate {
  /** Null: it starts now, which counts. Else when it may ask again. */
  take(id: string, now: number): number | null;
}

/** Who waited so long beyond its time is gone. */
const GONE_MS = 600_000;
const MANY = 1000;

export function makeRate(max: number, window: number): Rate {
  /** When the last ones have started; and when they may, those that wait included. */
  const started = ring(max);
  const planned = ring(max);
  const waiting = new Map<string, number>();
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
  const plan = (now: number): number => {
    if (waiting.size > MANY) for (const [id, at] of waiting) if (at < now - GONE_MS) waiting.delete(id);
    const at = Math.max(now, planned.oldest() + window);
    planned.push(at);
    return at;
  };
  return {
    take(id, now) {
      follow(now);
      const at = waiting.get(id) ?? plan(now);
      // Whoever started late makes those behind it late too.
      const free = Math.max(at, started.oldest() + window);
      if (free > now) {
        waiting.set(id, free);
        return free;
      }
      waiting.delete(id);
      started.push(now);
      return null;
    },
  };
}

/** The last so many times; -Infinity as long as there are less. */
function ring(size: number): { push(time: number): void; oldest(): number; shift(back: number): void } {
  const times: number[] = [];
  let next = 0;
  return {
    push(time) {
      times[next] = time;
      next = (next + 1) % size;
    },
    shift: (back) => times.forEach((time, at) => (times[at] = time - back)),
    oldest: () => (times.length < size ? -Infinity : (times[next] ?? -Infinity)),
  };
}
