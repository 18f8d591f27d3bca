import { MAKES_TOPICS } from "../../core/broker.js";
import { messageOf } from "../../core/message-of.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { endCall, type Unstored } from "../bus/publication.js";
import { createRequestRoom } from "../bus/request-room.js";
import { KafkaFailure, type Driver, type NewRecord, type Producer } from "./driver.js";
import type { Place, Places } from "./places.js";

/** A request holds so much, so that a partition's part of it is below the usual limit of a server (1 MB). */
const REQUEST_BYTES = 786_432;
const REQUEST_RECORDS = 10_000;
/** What the broker says of messages that it will never take, and of all that go with them in one request. */
const TOO_LARGE = "the message is larger than the topic takes (`max.message.bytes`)";
const FEW_IN_SYNC = "fewer of its replicas are in sync than its `min.insync.replicas`";
const REFUSED = new Map([
  ["MESSAGE_TOO_LARGE", TOO_LARGE],
  ["RECORD_LIST_TOO_LARGE", TOO_LARGE],
  ["INVALID_RECORD", "the topic does not take such a message: one that is compacted takes none without a key"],
  ["INVALID_TOPIC_EXCEPTION", "Kafka takes no messages under the name of this topic"],
]);

/** What is of one topic alone: who may write there, where its leader is, how many have a copy, and how far its messages' times may be from its own. */
const HELD = new Map([
  ["TOPIC_AUTHORIZATION_FAILED", "this user may not write to it (`WRITE`, `DESCRIBE`)"],
  ["NOT_ENOUGH_REPLICAS", FEW_IN_SYNC],
  ["NOT_ENOUGH_REPLICAS_AFTER_APPEND", FEW_IN_SYNC],
  ["INVALID_TIMESTAMP", "the clock of this machine is further from the broker's than it allows (`message.timestamp.after.max.ms`, `message.timestamp.before.max.ms`)"],
  ["LEADER_NOT_AVAILABLE", "it has partitions without a leader"],
  ["NOT_LEADER_FOR_PARTITION", "the leader of a partition is another server now"],
  ["UNKNOWN_TOPIC_OR_PARTITION", "it is not there"],
]);

interface Call extends Unstored {
  readonly messages: readonly Outgoing[];
  /** Messages that are stored, refused or held. */
  done: number;
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
export function createPublisher(driver: Driver, places: Places, clock: Clock): Publisher {
  const room = createRequestRoom(clock, REQUEST_BYTES);
  let calls: Call[] = [];
  let producer: Producer | null = null;
  let pumping: Promise<void> | null = null;
  let closed = false;
  /** Topics that took nothing when they were last tried: each goes alone, for a server stores the rest of a request that it rejects. */
  const doubtful = new Set<string>();
  /** Those that take nothing in this round, and why. */
  const holding = new Map<string, string>();

  async function pump(): Promise<void> {
    while (calls.length > 0) {
      holding.clear();
      try {
        await sendAll(await placed(calls.slice()));
      } catch (error) {
        await discard();
        places.forget();
        // Those behind it too: their messages must not overtake the repetition of these.
        const failed = calls;
        calls = [];
        for (const { reject } of failed) reject(new Error(`messages cannot be published: ${messageOf(error)}`, { cause: error }));
      }
      finish();
    }
    pumping = null;
  }

  /** What is to be sent of these calls. */
  async function placed(of: readonly Call[]): Promise<Item[]> {
    const items: Item[] = [];
    const known = new Map<string, Place | string | null>();
    for (const call of of) {
      for (const message of call.messages) {
        const { topic } = message;
        let place = known.get(topic);
        if (place === undefined) known.set(topic, (place = await placeOf(topic)));
        if (typeof place === "string") refuse(call, message, place);
        else if (place !== null) items.push({ call, message, record: place(message), size: sizeOf(message) });
        else holdWith(call, message);
      }
    }
    return items;
  }
  /** A text: why it takes nothing ever; null: it takes nothing now. */
  async function placeOf(topic: string): Promise<Place | string | null> {
    try {
      const found = await places.of(topic);
      if (found === "unknown") throw new KafkaFailure(`there is no topic \`${topic}\` now`, "UNKNOWN_TOPIC_OR_PARTITION", undefined);
      return found === "missing" ? `there is no topic \`${topic}\`: ${MAKES_TOPICS}` : found;
    } catch (error) {
      const refused = refusedBy(error);
      if (refused !== undefined) return refused;
      const held = heldBy(error);
      if (held === undefined) throw error;
      holding.set(topic, held);
      return null;
    }
  }

  async function sendAll(items: readonly Item[]): Promise<void> {
    const alone = new Set(doubtful);
    await sendParts(items.filter(({ message }) => !alone.has(message.topic)));
    for (const those of byTopic(items.filter(({ message }) => alone.has(message.topic)))) await sendParts(those);
    // What was known of them may be why.
    if (holding.size > 0) places.forget();
  }
  async function sendParts(items: readonly Item[]): Promise<void> {
    for (let at = 0; at < items.length; ) {
      const part = fitting(items, at, room.bytes());
      await sendPart(part);
      at += part.length;
    }
  }
  async function sendPart(all: readonly Item[]): Promise<void> {
    const part = all.filter(({ call, message }) => !holdWith(call, message));
    const topics = byTopic(part);
    if (topics.length === 0) return;
    try {
      const by = (producer ??= await driver.producer());
      await room.measured(sizeOfAll(part), (ms) => by.send(part.map(({ record }) => record), ms));
      for (const { call, message } of part) {
        call.done += 1;
        doubtful.delete(message.topic);
      }
    } catch (error) {
      const refused = refusedBy(error);
      const held = heldBy(error);
      if (refused === undefined && held === undefined) throw error;
      await discard();
      // Whose fault it is shows when each goes alone.
      if (topics.length > 1) {
        for (const those of topics) await sendPart(those);
      } else if (held !== undefined) {
        for (const { message } of part) holding.set(message.topic, held);
        await sendPart(part);
      } else if (part.length > 1) {
        for (const item of part) await sendPart([item]);
      } else for (const { call, message } of part) refuse(call, message, refused ?? "");
    }
  }

  /** Whether its topic takes nothing in this round. */
  function holdWith(call: Call, { topic }: Outgoing): boolean {
    const reason = holding.get(topic);
    if (reason === undefined) return false;
    doubtful.add(topic);
    call.held.set(topic, reason);
    call.done += 1;
    return true;
  }
  function refuse(call: Call, { id }: Outgoing, reason: string): void {
    call.refused.push({ id, reason });
    call.done += 1;
  }
  function finish(): void {
    const isOver = ({ done, messages }: Call): boolean => done === messages.length;
    const ended = calls.filter(isOver);
    calls = calls.filter((call) => !isOver(call));
    for (const call of ended) endCall(call, call);
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
        calls.push({ messages, done: 0, held: new Map(), refused: [], resolve, reject });
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

const refusedBy = (error: unknown): string | undefined => (error instanceof KafkaFailure ? REFUSED.get(error.type ?? "") : undefined);
const heldBy = (error: unknown): string | undefined => (error instanceof KafkaFailure ? HELD.get(error.type ?? "") : undefined);
const byTopic = (items: readonly Item[]): readonly (readonly Item[])[] => [...Map.groupBy(items, ({ message }) => message.topic).values()];

/** As many as one request holds, from `at` on; one at least. */
function fitting(items: readonly Item[], at: number, most: number): readonly Item[] {
  let bytes = 0;
  let end = at;
  for (; end < items.length && end - at < REQUEST_RECORDS; end += 1) {
    bytes += items[end]?.size ?? 0;
    if (bytes > most && end > at) break;
  }
  return items.slice(at, end);
}

const sizeOfAll = (items: readonly Item[]): number => items.reduce((sum, { size }) => sum + size, 0);

/** A little more than it is. */
function sizeOf({ key, headers, body }: Outgoing): number {
  let size = Buffer.byteLength(body) + (key === null ? 0 : Buffer.byteLength(key)) + 32;
  for (const name in headers) size += name.length + Buffer.byteLength(headers[name] ?? "") + 8;
  return size;
}
