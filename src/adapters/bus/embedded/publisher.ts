import { asText } from "../../../core/bytes.js";
import type { Delivery, Outgoing } from "../../../core/ports/bus.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { Database } from "../../sqlite/database.js";
import { partitionOf } from "../partition.js";
import { knownBy } from "../publication.js";
import { createWriteQueue, type WriteQueue } from "../write-queue.js";

/** Each message that is new, once it is durable. */
export type Published = (message: Outgoing, partition: number, offset: number, delivery: Delivery) => void;

export function createPublisher(database: Pick<Database, "write">, clock: Clock, published: Published): WriteQueue {
  return createWriteQueue(clock, async (batch) => {
    const at = clock.now();
    const stored = batch.map(({ message }) => ({ message, delivery: deliveryOf(message, at) }));
    const cells = stored.flatMap(({ message, delivery }) => {
      const { topic, partition, key, headers, body } = asText(delivery);
      return [topic, partition, knownBy(message), key, JSON.stringify(headers), body];
    });
    const offsets = await database.write("busPublish", at, cells);
    for (const [index, { message, delivery }] of stored.entries()) {
      const offset = offsets[index];
      // -1: a repetition of what is there.
      if (offset === undefined || offset < 0) continue;
      published(message, delivery.partition, offset, { ...delivery, offset: String(offset) });
    }
  });
}

/** A half of a surrogate pair has no place in UTF-8: what comes from memory is what would come from the file. */
function deliveryOf({ topic, key, headers, body }: Outgoing, timestamp: number): Delivery {
  const text = key?.toWellFormed() ?? null;
  return { topic, partition: partitionOf(text), offset: "", key: text, headers, timestamp, body: typeof body === "string" ? body.toWellFormed() : body, attempt: 1 };
}
