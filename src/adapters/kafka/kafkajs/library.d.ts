/** Modules that the library neither exports nor types, as far as `mend.ts` changes them and its test looks at them. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  interface QueuedRequest {
    readonly entry: { readonly correlationId: number; resolve(): void; reject(): void };
    readonly expectResponse: boolean;
    sendRequest(): void;
  }
  /** What waits for a connection, and what is sent and not answered. */
  export default class RequestQueue {
    constructor(settings: {
      readonly maxInFlightRequests: number | null;
      readonly requestTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly clientId: string;
      readonly broker: string;
      readonly logger: Readonly<Record<"debug" | "warn", () => void>>;
    });
    readonly pending: readonly unknown[];
    /** What is sent and not answered, by its number. */
    readonly inflight: ReadonlyMap<number, { sentAt: number | null }>;
    /** Begins to look whether what was sent is answered in time. */
    scheduleRequestTimeoutCheck(): void;
    destroy(): void;
    push(request: QueuedRequest): void;
    fulfillRequest(response: { readonly correlationId: number; readonly size: number; readonly payload: null }): void;
    maybeThrottle(ms: number): void;
    scheduleCheckPendingRequests(): void;
  }
}

declare module "kafkajs/src/network/connection.js" {
  import type { ISocketFactory } from "kafkajs";
  import type RequestQueue from "kafkajs/src/network/requestQueue/index.js";
  /** To one server. */
  export default class Connection {
    constructor(settings: { readonly host: string; readonly port: number; readonly logger: { namespace(name: string): unknown }; readonly socketFactory: ISocketFactory; readonly connectionTimeout: number; readonly requestTimeout: number });
    readonly host: string;
    readonly port: number;
    /** Of an answer that has not come as a whole. */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    readonly requestQueue: RequestQueue;
    /** Called with what comes. */
    processData(data: Buffer): void;
    isConnected(): boolean;
    connect(): Promise<true>;
    disconnect(): Promise<true>;
  }
}

declare module "kafkajs/src/consumer/consumerGroup.js" {
  /** A member of a group. */
  export default class ConsumerGroup {
    /** Batches of one server. */
    fetch(node: number): Promise<unknown[]>;
    /** None where there was one in that time. */
    heartbeat(of: { readonly interval: number }): Promise<void>;
  }
}

declare module "kafkajs/src/cluster/brokerPool.js" {
  /** Connections to the servers. */
  export default class BrokerPool {
    /** Of one server after the other, until one answers; null: none did. As it is mended it rejects with the reason then. */
    withBroker(ask: (one: unknown) => Promise<unknown>): Promise<unknown>;
  }
}

declare module "kafkajs/src/protocol/recordBatch/crc32C/index.js" {
  export default function crc32C(buffer: Buffer): number;
}

declare module "kafkajs/src/protocol/message/compression/index.js" {
  export function lookupCodecByAttributes(attributes: number): { decompress(packed: Buffer): Promise<Buffer> } | null;
}

declare module "kafkajs/src/protocol/encoder.js" {
  export default class Encoder {
    readonly buffer: Buffer;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeString(value: string | null): this;
    /** Behind their length. */
    writeBytes(value: Buffer): this;
  }
}

declare module "kafkajs/src/protocol/decoder.js" {
  export default class Decoder {
    constructor(buffer: Buffer);
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    readString(): string;
    canReadBytes(length: number): boolean;
    readBytes(length: number): Buffer;
    readArray<T>(read: () => T): T[];
    readArrayAsync<T>(read: () => Promise<T>): Promise<T[]>;
  }
}

declare module "kafkajs/src/protocol/requests/fetch/v11/response.js" {
  export interface FetchedRecord {
    readonly magicByte: number;
    readonly attributes: number;
    readonly timestamp: string;
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Record<string, Buffer | null | (Buffer | null)[]>;
    readonly isControlRecord: boolean;
    readonly batchContext: {
      readonly firstOffset: string;
      readonly firstTimestamp: string;
      readonly partitionLeaderEpoch: number;
      readonly inTransaction: boolean;
      readonly isControlBatch: boolean;
      readonly lastOffsetDelta: number;
      readonly producerId: string;
      readonly producerEpoch: number;
      readonly firstSequence: number;
      readonly maxTimestamp: string;
      readonly timestampType: number;
      readonly magicByte: number;
    };
  }
  export interface FetchedPartition {
    readonly partition: number;
    readonly errorCode: number;
    readonly highWatermark: string;
    readonly lastStableOffset: string;
    readonly lastStartOffset: string;
    readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
    readonly preferredReadReplica: number;
    readonly messages: readonly FetchedRecord[];
  }
  export interface Fetched {
    readonly throttleTime: number;
    readonly clientSideThrottleTime: number;
    readonly errorCode: number;
    readonly sessionId: number;
    readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
  }
  const response: { decode(raw: Buffer): Promise<Fetched> };
  export default response;
}

declare module "kafkajs/src/protocol/requests/produce/index.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";
  import type { NewRecord } from "../driver.js";
  export interface ProduceOptions {
    readonly acks: number;
    readonly timeout: number;
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly topicData: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly firstSequence: number; readonly messages: readonly NewRecord[] }[] }[];
  }
  interface Made {
    readonly request: { encode(): Promise<Encoder> };
    /** How long its answer is waited for, where that is longer than for all. */
    readonly requestTimeout?: number;
  }
  const produce: { protocol(of: { readonly version: string | number }): (options: ProduceOptions) => Made };
  export default produce;
}

declare module "kafkajs/src/network/socketFactory.js" {
  import type { ISocketFactory } from "kafkajs";
  export default function socketFactory(): ISocketFactory;
}
