import type { Remains } from "../simulate.js";

/** At most one effect a path, of which the journal knows (I20, I21). */
export function* checkEffects({ ledger, events }: Remains): Generator<string> {
  const paths = new Map<string, number>();
  for (const { run, path, times, key } of ledger.effects.values()) {
    const place = `${run} ${path}`;
    paths.set(place, (paths.get(place) ?? 0) + times);
    const known = events.get(run) ?? [];
    if (known.length > 0 && !known.some((event) => event.type === "step.started" && event.path === path && event.data.key === key)) yield `${place}: applied under a key that no intent has (I4)`;
  }
  for (const [place, times] of paths) if (times > 1) yield `${place}: applied ${times} times (I21)`;
}
