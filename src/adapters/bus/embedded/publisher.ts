import { asText } from "../../../core/bytes.js";
import type { Delivery, Outgoing } from "../../../core/ports/bus.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { Database } from "../../sqlite/database.js";
import { partitionOf } from "../partition.js";

/** Publishes one write after the other; what is asked for meanwhile shares the next one (I40). */
export interface Publisher {
  publish(messages: readonly Outgoing[]): Promise<void>;
  /** Everything asked for has its answer. */
  settled(): Promise<void>;
}

/** Each message that is new, once it is durable. */
export type Published = (message: Outgoing, partition: number, offset: number, delivery: Delivery) => void;

/** Of one write. */
const MAX_MESSAGES = 1024;
const MAX_CHARACTERS = 4 * 1024 * 1024;

interface Waiting {
  readonly messages: readonly Outgoing[];
  /** How many of them were sent. */
  sent: number;
  readonly done: PromiseWithResolvers<void>;
}

export function createPublisher(database: Pick<Database, "write">, clock: Clock, published: Published): Publisher {
  let waiting: Waiting[] = [];
  let sending: Promise<void> | null = null;

  async function send(): Promise<void> {
    // What is published in the same turn shares the first write too.
    await new Promise<void>((resolve) => clock.soon(resolve));
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      try {
        await write(batch);
      } catch (thrown) {
        // Those behind must not overtake what will be published again.
        for (const { done } of waiting.splice(0)) done.reject(thrown);
        break;
      }
      const ended = waiting.findIndex(({ messages, sent }) => sent < messages.length);
      for (const { done } of waiting.splice(0, ended < 0 ? waiting.length : ended)) done.resolve();
    }
    sending = null;
  }

  async function write(batch: readonly Outgoing[]): Promise<void> {
    const at = clock.now();
    const deliveries = batch.map((message) => deliveryOf(message, at));
    const cells = deliveries.flatMap((delivery, index) => {
      const { topic, partition, key, headers, body } = asText(delivery);
      return [topic, partition, storedId(batch[index]), key, JSON.stringify(headers), body];
    });
    const offsets = await database.write("busPublish", at, cells);
    for (const [index, message] of batch.entries()) {
      const offset = offsets[index];
      const delivery = deliveries[index];
      // -1: a repetition of what is there.
      if (offset === undefined || delivery === undefined || offset < 0) continue;
      published(message, delivery.partition, offset, { ...delivery, offset: String(offset) });
    }
  }
  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const entry: Waiting = { messages, sent: 0, done: Promise.withResolvers() };
      waiting.push(entry);
      sending ??= send();
      await entry.done.promise;
    },
    settled: async () => sending ?? undefined,
  };
}

/** In order; a long call may be cut. */
function takeBatch(waiting: readonly Waiting[]): readonly Outgoing[] {
  const batch: Outgoing[] = [];
  let characters = 0;
  for (const entry of waiting) {
    while (entry.sent < entry.messages.length) {
      if (batch.length >= MAX_MESSAGES || characters > MAX_CHARACTERS) return batch;
      const message = entry.messages[entry.sent];
      entry.sent += 1;
      if (message === undefined) continue;
      batch.push(message);
      characters += message.body.length;
    }
  }
  return batch;
}

/** A half of a surrogate pair has no place in UTF-8: what comes from memory is what would come from the file. */
function deliveryOf({ topic, key, headers, body }: Outgoing, timestamp: number): Delivery {
  const text = key?.toWellFormed() ?? null;
  return { topic, partition: partitionOf(text), offset: "", key: text, headers, timestamp, body: typeof body === "string" ? body.toWellFormed() : body, attempt: 1 };
}

/** A message that is redriven keeps its id and is another message. */
function storedId(message: Outgoing | undefined): string {
  const { id = "", headers = {} } = message ?? {};
  const redrive = headers["flowctl-redrive"];
  return redrive === undefined ? id : `${id}\n${redrive}`;
}
