import type { RunEvent } from "../../../src/core/event.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import type { Fates } from "./fates.js";

/** Of all processes. */
interface Shared {
  /** The last process that took a shard. */
  readonly owners: Map<number, number>;
  readonly durable: (run: string) => readonly RunEvent[];
  readonly ticks: { readonly began: number[]; readonly put: number[] };
  readonly problems: string[];
}

/** A run is created by who has the file (I24), a zombie comes too late for it; of what it has already, the store fences each append (I16). */
export function ownedStore(inner: Store, { isOver }: Fates, nth: number, { owners, durable, ticks, problems }: Shared): Store {
  /** Runs that it came too late for: that somebody else has them is what it makes of that, and they are not there. */
  const missed = new Set<string>();
  const { sharing } = inner;
  return {
    ...inner,
    ...(sharing === undefined
      ? {}
      : {
          sharing: {
            ...sharing,
            async take(shards, owner) {
              const taken = await sharing.take(shards, owner);
              for (const { shard } of taken) owners.set(shard, nth);
              return taken;
            },
          },
        }),
    async own(shard, owner) {
      // The next process has the file: whoever stood still before it had its shards gets none.
      if (isOver()) return new Promise<never>(() => undefined);
      const epoch = await inner.own(shard, owner);
      owners.set(shard, nth);
      return epoch;
    },
    async commit(items) {
      const mine = items.filter(({ expectedSeq }) => expectedSeq >= 0 || !isOver());
      const late = mine.filter(({ run, expectedSeq, fence }) => fence !== null && (owners.get(shardOf(run)) ?? nth) !== nth && durable(run).length <= expectedSeq + 1);
      for (const { run, expectedSeq } of items) if (expectedSeq < 0 && isOver()) missed.add(run);
      const results = await inner.commit(mine);
      for (const item of late) if (results[mine.indexOf(item)] === "ok") problems.push(`${item.run}: ${item.events.map(({ type }) => type).join(", ")} of an earlier owner was taken (I16)`);
      return items.map((item) => results[mine.indexOf(item)] ?? "fenced");
    },
    async beginTicks(schedule, now) {
      const isNew = (await inner.lastTick(schedule)) === null;
      const last = await inner.beginTicks(schedule, now);
      if (isNew) ticks.began.push(last);
      return last;
    },
    async putTick(schedule, time) {
      await inner.putTick(schedule, time);
      ticks.put.push(time);
    },
    published: (shard, ids) => inner.published(shard, ids.filter((id) => ![...missed].some((run) => id.includes(run)))),
    async putRow(put) {
      if (!durable(put.run).some((event) => event.type === "step.started" && event.data.key === put.effect)) problems.push(`${put.run}: a row is put without a durable intent (I4)`);
      return inner.putRow(put);
    },
  };
}
