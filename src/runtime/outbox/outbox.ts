import type { Bus, Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { CommitItem, Store } from "../../core/ports/store.js";
import { shardOf } from "../../core/run-id.js";
import { publishAll, type Refused } from "./publish.js";

/** Publishes what durable items hold, in the order in which they became durable, and marks it (I22). */
export interface Outbox {
  /** Takes what an item that is durable now has to publish. */
  take(item: CommitItem): void;
  isEmpty(): boolean;
}

const CAP = 500;

interface Waiting {
  readonly shard: number;
  readonly message: Outgoing;
}

export function createOutbox(
  { bus, store, clock }: { readonly bus: Bus; readonly store: Store; readonly clock: Clock },
  told: { readonly refused: (refused: readonly Refused[]) => Promise<void>; readonly empty: () => void; readonly failed: (cause: unknown) => void },
): Outbox {
  let waiting: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.length > CAP ? waiting.splice(0, CAP) : waiting;
      if (batch === waiting) waiting = [];
      const refused = await publishAll(bus, clock, batch.map(({ message }) => message));
      if (refused.length > 0) await told.refused(refused);
      await mark(batch);
    }
    running = false;
    told.empty();
  }

  async function mark(batch: readonly Waiting[]): Promise<void> {
    const byShard = Map.groupBy(batch, ({ shard }) => shard);
    await Promise.all([...byShard].map(([shard, rows]) => store.published(shard, rows.map(({ message }) => message.id))));
  }

  return {
    take({ run, index }) {
      for (const op of index) if (op.op === "outbox.put") waiting.push({ shard: shardOf(run), message: op.message });
      if (running || waiting.length === 0) return;
      running = true;
      // One batch for all items of a commit.
      clock.soon(() => void drain().catch(told.failed));
    },
    isEmpty: () => !running,
  };
}
