import type { Outgoing } from "../../../src/core/ports/bus.js";
import type { Chance } from "../chance.js";
import type { Profile } from "./profile.js";

/** A message of the topics that start runs, and when it is sent. */
export interface Sent {
  readonly afterMs: number;
  readonly message: Outgoing;
  /** What makes it the same as another one: its sender's id, null where it has none. */
  readonly id: string | null;
  /** Null: it does not fit the topic. */
  readonly body: { readonly n: number; readonly g: string; readonly m: string } | null;
}

/** What comes in: some of it twice, some that does not fit, some that the flow does not want. */
export function drawMessages(chance: Chance, { people }: Profile, topics: readonly string[]): readonly Sent[] {
  const sent: Sent[] = [];
  const count = chance.weigh([[4, 1], [3, 3], [2, 6], [1, 10]]);
  const spread = chance.pick([0, 5_000, 120_000]);
  for (let at = 0; at < count; at += 1) {
    const body = chance.hit(0.04) ? null : { n: chance.hit(0.1) ? -1 : chance.below(9), g: `g${chance.below(3)}`, m: `m${at}` };
    const id = chance.hit(0.6) ? `id${at}` : null;
    const key = chance.hit(0.8) ? (body?.g ?? "none") : null;
    const make = (nth: number): Sent => ({
      afterMs: chance.between(0, spread),
      id,
      body,
      message: { topic: topics[at % topics.length] ?? "in", key, id: `in${at}.${nth}`, headers: id === null ? {} : { "flowctl-id": id }, body: body === null ? (chance.hit(0.5) ? "{" : '{"n":"x"}') : JSON.stringify(body) },
    });
    sent.push(make(0));
    for (let nth = 1; nth < 4 && chance.hit(people.duplicates); nth += 1) sent.push(make(nth));
  }
  return sent.sort((a, b) => a.afterMs - b.afterMs);
}
