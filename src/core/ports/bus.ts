/** A message on its way out. `id` is stable over retries: consumers dedupe by it (header `flowctl-id`). */
export interface Outgoing {
  readonly topic: string;
  readonly key: string | null;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

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
  /** 1 for the first delivery; brokers that do not count give 1. */
  readonly attempt: number;
}

/**
 * What a group reads. Deliveries of one key come in order. Nothing is acknowledged by being read:
 * a delivery neither acknowledged nor given back before `close` comes again.
 */
export interface Subscription extends AsyncDisposable {
  /** Batches, never empty; ends after `close`. */
  readonly batches: AsyncIterable<readonly Delivery[]>;
  /** Resolves when the broker has it. Any order; offsets are committed contiguously inside. */
  ack(deliveries: readonly Delivery[]): Promise<void>;
  /** Comes again, not before `delayMs`, with `attempt` one higher where the broker counts. */
  giveBack(deliveries: readonly Delivery[], delayMs: number): Promise<void>;
  /** Stops new batches (back-pressure, I19); heartbeats go on. */
  pause(): void;
  resume(): void;
  /** Stops reading; what is not acknowledged goes to the next member of the group. */
  close(): Promise<void>;
}

export interface Bus extends AsyncDisposable {
  /** All or a rejection; after a rejection any part may have been published: publish again with the same ids. */
  publish(messages: readonly Outgoing[]): Promise<void>;
  subscribe(options: {
    readonly topic: string;
    readonly group: string;
    /** Where a group that has never read begins. */
    readonly from: "latest" | "earliest";
    readonly maxBatch: number;
  }): Promise<Subscription>;
}
