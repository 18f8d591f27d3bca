import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { IndexOp, RunRow, Store } from "../../../src/core/ports/store.js";
import type { RunId } from "../../../src/core/run-id.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";
import { virtualClock } from "../../support/virtual-clock.js";

type Over = NonNullable<Parameters<typeof world>[2]>;

/** A process that drives what there is, as if it were alone, and the `next` one, which has no shard before they `come`. */
export function beside(text: string, { newer = text, bus, slow = (store) => store }: { readonly newer?: string; readonly bus?: Over["bus"]; readonly slow?: (store: Store) => Store } = {}) {
  const inner = createMemoryStore();
  const { at, store } = lease(inner);
  const clock = virtualClock();
  const keepBus = createMemoryBus(clock);
  at.others = true;
  return {
    at,
    inner,
    gone: world(text, {}, { store: inner, clock, keepBus, ...(bus === undefined ? {} : { bus }) }),
    next: world(newer, {}, { store: slow(store), clock, keepBus, seed: 2 }),
    come: () => void (at.others = false),
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
    },
    /** In order of admission. */
    rows: async (): Promise<readonly RunRow[]> => (await inner.runs({ limit: 9 })).toSorted((a, b) => a.admittedAt - b.admittedAt),
    /** As another process does that ends behind this commit. */
    async end(row: RunRow, ...more: readonly IndexOp[]): Promise<void> {
      let seq = 0;
      for await (const event of inner.read(row.run, 0)) ({ seq } = event);
      const ended: RunEvent = { type: "run.finished", run: row.run, seq: seq + 1, at: clock.now(), data: { status: "cancelled", usage: { in: 0, out: 0 }, usd: 0 } };
      await inner.commit([{ run: row.run, expectedSeq: seq, entryId: "end", fence: null, events: [ended], index: [{ op: "run.row", row: { ...row, status: "cancelled", waits: [], lane: null } }, ...more] }]);
    },
    /** As another process does that admits one more like this one. */
    async admit({ run: of, ...row }: RunRow, run: RunId): Promise<void> {
      for await (const event of inner.read(of, 0)) {
        await inner.commit([{ run, expectedSeq: -1, entryId: run, fence: null, events: [{ ...event, run }], index: [{ op: "run.row", row: { ...row, run, waits: [] } }] }]);
        break;
      }
    },
  };
}
