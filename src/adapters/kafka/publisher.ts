import { MAKES_TOPICS } from "../../core/broker.js";
import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import { KafkaFailure, type Driver, type NewRecord, type Producer } from "./driver.js";
import type { Place, Places } from "./places.js";

/** A request holds so much, so that a partition's part of it is below the usual limit of a server (1 MB). */
const REQUEST_BYTES = 786_432;
const REQUEST_RECORDS = 10_000;
/** What the broker says of messages that it will never take, and of all that go with them in one request. */
const TOO_LARGE = "the message is larger than the topic takes (`max.message.bytes`)";
const REFUSED = new Map([
  ["MESSAGE_TOO_LARGE", TOO_LARGE],
  ["RECORD_LIST_TOO_LARGE", TOO_LARGE],
  ["INVALID_RECORD", "the topic does not take such a message: one that is compacted takes none without a key"],
]);

interface Call {
  readonly messages: readonly Outgoing[];
  /** Messages that are stored or refused. */
  done: number;
  readonly refused: { readonly id: string; readonly reason: string }[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
interface Item {
  readonly call: Call;
  readonly message: Outgoing;
  readonly record: NewRecord;
  readonly size: number;
}

export interface Publisher {
  publish(messages: readonly Outgoing[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * One request at a time, with all that was asked for meanwhile: order per key needs no more, and under load requests
 * grow. After a failure the producer is given up, for the broker may have what its sequence numbers do not say: another
 * message under the number of a stored one would be taken for it, and be lost.
 */
export function createPublisher(driver: Driver, places: Places): Publisher {
  let calls: Call[] = [];
  let producer: Producer | null = null;
  let pumping: Promise<void> | null = null;
  let closed = false;

  async function pump(): Promise<void> {
    while (calls.length > 0) {
      try {
        await sendAll(await placed(calls.slice()));
      } catch (error) {
        await discard();
        places.forget();
        // Those behind it too: their messages must not overtake the repetition of these.
        const failed = calls;
        calls = [];
        for (const { reject } of failed) reject(new Error(`messages cannot be published: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
      }
      finish();
    }
    pumping = null;
  }

  /** What is to be sent of these calls. Rejects for a topic that is not there now. */
  async function placed(of: readonly Call[]): Promise<Item[]> {
    const items: Item[] = [];
    const known = new Map<string, Place | "missing">();
    for (const call of of) {
      for (const message of call.messages.slice(call.done)) {
        const { topic } = message;
        let place = known.get(topic);
        if (place === undefined) {
          const found = await places.of(topic);
          if (found === "unknown") throw new KafkaFailure(`there is no topic \`${topic}\` now`, "UNKNOWN_TOPIC_OR_PARTITION", undefined);
          known.set(topic, (place = found));
        }
        if (place === "missing") refuse(call, message, `there is no topic \`${topic}\`: ${MAKES_TOPICS}`);
        else items.push({ call, message, record: place(message), size: sizeOf(message) });
      }
    }
    return items;
  }

  async function sendAll(items: readonly Item[]): Promise<void> {
    for (let at = 0; at < items.length; ) {
      const part = fitting(items, at);
      await sendPart(part);
      at += part.length;
    }
  }
  async function sendPart(part: readonly Item[]): Promise<void> {
    try {
      producer ??= await driver.producer();
      await producer.send(part.map(({ record }) => record));
      for (const { call } of part) call.done += 1;
    } catch (error) {
      const reason = error instanceof KafkaFailure ? REFUSED.get(error.type ?? "") : undefined;
      if (reason === undefined) throw error;
      await discard();
      const [only] = part;
      if (only !== undefined && part.length === 1) return refuse(only.call, only.message, reason);
      // Whose fault it is shows when each goes alone.
      for (const item of part) await sendPart([item]);
    }
  }

  function refuse(call: Call, { id }: Outgoing, reason: string): void {
    call.refused.push({ id, reason });
    call.done += 1;
  }
  function finish(): void {
    const ended = calls.filter(({ done, messages }) => done === messages.length);
    calls = calls.filter((call) => !ended.includes(call));
    for (const { refused, resolve, reject } of ended) {
      if (refused.length > 0) reject(new PublishRefused(refused));
      else resolve();
    }
  }
  async function discard(): Promise<void> {
    const failed = producer;
    producer = null;
    await failed?.close().catch(() => undefined);
  }

  return {
    publish(messages) {
      if (messages.length === 0) return Promise.resolve();
      if (closed) return Promise.reject(new Error("the bus is closed"));
      return new Promise<void>((resolve, reject) => {
        calls.push({ messages, done: 0, refused: [], resolve, reject });
        pumping ??= pump();
      });
    },
    async close() {
      closed = true;
      await pumping;
      await discard();
    },
  };
}

/** As many as one request holds, from `at` on; one at least. */
function fitting(items: readonly Item[], at: number): readonly Item[] {
  let bytes = 0;
  let end = at;
  for (; end < items.length && end - at < REQUEST_RECORDS; end += 1) {
    bytes += items[end]?.size ?? 0;
    if (bytes > REQUEST_BYTES && end > at) break;
  }
  return items.slice(at, end);
}

/** A little more than it is. */
function sizeOf({ key, headers, body }: Outgoing): number {
  let size = Buffer.byteLength(body) + (key === null ? 0 : Buffer.byteLength(key)) + 32;
  for (const name in headers) size += name.length + Buffer.byteLength(headers[name] ?? "") + 8;
  return size;
}
