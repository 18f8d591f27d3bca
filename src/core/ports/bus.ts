import type { Json } from "../json.js";

/** A message on its way out. `id` is stable over retries: consumers dedupe by it (header `flowctl-id`). Empty: it has none. */
export interface Outgoing {
  readonly topic: string;
  readonly key: string | null;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text is JSON, which the topic's format encodes; bytes are what the broker gets. */
  readonly body: string | Uint8Array;
}

/** As runs make it, and the store keeps it. */
export interface TextMessage extends Outgoing {
  readonly body: string;
}

/** What a topic's format made of a body: its value as JSON, or why there is none. */
export type Content = { readonly is: "value"; readonly value: Json } | { readonly is: "problem"; readonly problem: string };

/** One message of one consumer group. `position` is the broker's own: partition/offset, stream seq, redis id. */
export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  /** Decimal; grows within (topic, partition). */
  readonly offset: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The broker's, ms since the epoch. */
  readonly timestamp: number;
  readonly body: Uint8Array | string;
  /** Of a topic with a format or an envelope; absent: the body is JSON text. */
  readonly content?: Content;
  /** Attributes of the CloudEvent that it is, by name; they stand in the headers too, as `ce-<name>`. */
  readonly event?: Readonly<Record<string, string>>;
  /** 1 for the first delivery; brokers that do not count give 1. */
  readonly attempt: number;
}

/**
 * What a member of a group reads. Deliveries of one key come in order the first time; redelivered ones come when they
 * come, so who needs order retries in place. Nothing is acknowledged by being read: a delivery neither acknowledged
 * nor given back before `close` comes again, to this or another member. Nothing is fetched ahead of the reader's
 * demand but what the broker's client must buffer, so a reader that does not ask is back-pressure too.
 */
export interface Subscription extends AsyncDisposable {
  /** Batches, never empty; ends after `close`. */
  readonly batches: AsyncIterable<readonly Delivery[]>;
  /**
   * Resolves when the broker has it. Any order; brokers that keep one offset commit contiguously, so that an
   * acknowledgement behind a gap may be lost by a crash. Without effect on what this member no longer holds.
   */
  ack(deliveries: readonly Delivery[]): Promise<void>;
  /** Comes again, not before `delayMs`, with `attempt` one higher where the broker counts. */
  giveBack(deliveries: readonly Delivery[], delayMs: number): Promise<void>;
  /** No new batch comes after the one that is under way (back-pressure, I19); heartbeats go on. */
  pause(): void;
  resume(): void;
  /** Messages of the topic that this group has not acknowledged, those in flight included. */
  lag(): Promise<number>;
  /** Ends `batches`; what is not acknowledged goes to the next member of the group. */
  close(): Promise<void>;
}

/** The broker will never take these messages (too large, no such topic). */
export class PublishRefused extends Error {
  override readonly name = "PublishRefused";
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  /** Topics of which any part of the others may have been published: all else of the call is. Null: any part of all others. */
  readonly unsettled: ReadonlySet<string> | null;
  constructor(refused: readonly { readonly id: string; readonly reason: string }[], unsettled: ReadonlySet<string> | null = null) {
    super(refused[0]?.reason ?? "the broker refused the message");
    this.refused = refused;
    this.unsettled = unsettled;
  }
}

/** Some topics take nothing now, each for a reason of its own. What the call had for others is published, of what it had for these any part. */
export class TopicsHeld extends Error {
  override readonly name = "TopicsHeld";
  /** Why. */
  readonly topics: ReadonlyMap<string, string>;
  constructor(topics: ReadonlyMap<string, string>) {
    super([...topics].map(([topic, reason]) => `\`${topic}\` takes no messages now: ${reason}`).join("; "));
    this.topics = topics;
  }
}

export interface Bus extends AsyncDisposable {
  /** Where a group begins that has never read, when its flow does not say: brokers `latest`, the embedded bus `earliest`. */
  readonly from: "latest" | "earliest";
  /**
   * All or a rejection; after a rejection any part may have been published: publish again with the same ids, after
   * PublishRefused only what `leftToPublish` says, after TopicsHeld only what is for these topics: some brokers store twice
   * what is published twice. Messages of one topic and key are stored in the order given, also over such a repetition: an
   * adapter that cannot pipeline them safely waits for each.
   */
  publish(messages: readonly Outgoing[]): Promise<void>;
  subscribe(options: {
    readonly topic: string;
    readonly group: string;
    /** Where a group that has never read begins. */
    readonly from: "latest" | "earliest";
    readonly maxBatch: number;
    /**
     * I18: one key is at one member at a time, and comes in order also to the member after it. Brokers whose groups
     * spread a key over their members then give everything to one of them, by a lease; partitions do it by themselves.
     */
    readonly ordered?: boolean;
    /** Hears what a person should know of what is read, where the broker says it: messages that it removed unread. */
    notice?(text: string): void;
  }): Promise<Subscription>;
}
