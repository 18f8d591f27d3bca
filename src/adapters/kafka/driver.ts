/** A record as the broker keeps it. */
export interface StoredRecord {
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>>;
  /** ms since the epoch, decimal. */
  readonly timestamp: string;
}
/** Null: it stands there without a value, as clients of Java write it. */
export type HeaderValue = Uint8Array | string | null | readonly (Uint8Array | string | null)[];

/** A record on its way out, to a partition that the caller has chosen. */
export interface NewRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the broker said, by its name in the protocol; null: nothing came that has one (a lost connection). */
export class KafkaFailure extends Error {
  override readonly name = "KafkaFailure";
  readonly type: string | null;
  constructor(message: string, type: string | null, cause: unknown) {
    super(message, { cause });
    this.type = type;
  }
}

export interface PartitionState {
  readonly partition: number;
  readonly replicas: number;
  /** Replicas that have everything. */
  readonly inSync: number;
}
export interface Range {
  readonly partition: number;
  readonly low: number;
  /** The offset that the next record will have. */
  readonly high: number;
}

/** A record that is known again by its time. */
export interface LastRecord {
  readonly offset: number;
  /** ms since the epoch. */
  readonly timestamp: number;
}
/** Where a group goes on in a partition, and the last record that it has read there. */
export interface Position {
  readonly offset: number;
  /** Null: it has read none, or who stored its position did not say. */
  readonly last: LastRecord | null;
}
/** By partition. */
export type Positions = ReadonlyMap<number, Position>;

export interface MemberOptions {
  readonly topic: string;
  readonly group: string;
  /** How many the topic has now. Records of so many come side by side; of those that are added later, as many at once. */
  readonly partitions: number;
  /** From now on these partitions are read, and no others. `stayed`: those that were there before have been this member's all the time. Before anything of them comes. */
  assigned(partitions: readonly number[], stayed: boolean): void;
  /** The group is built anew: nothing may be committed until `assigned`. */
  rejoining(): void;
  /** Records of one partition in order; `next` is where one goes on. What comes after them waits until this resolves. */
  records(partition: number, records: readonly StoredRecord[], next: number, more: boolean): Promise<void>;
  /** Members come or go: resolves when partitions can be given away. */
  handOver(): Promise<void>;
  /** It is no member any more, and does not become one again. */
  lost(error: Error): void;
}

/** Of a partition. */
export interface Piece {
  readonly records: readonly StoredRecord[];
  /** Where one goes on: behind it there may be more, also where there are no records, which were all of aborted transactions. */
  readonly next: number;
}

/** A member of a consumer group that reads one topic. */
export interface Member {
  /** Resolves when it has its partitions. */
  join(): Promise<void>;
  commit(positions: Positions): Promise<void>;
  seek(partition: number, offset: number): void;
  leave(): Promise<void>;
}

/** Idempotent, with acks of all replicas in sync. After a failed send nothing is known of it, nor of this producer. */
export interface Producer {
  /** `ms`: how long one request waits for its answer, at the least. */
  send(records: readonly NewRecord[], ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
}

/** What a subscription needs of it. */
export type GroupDriver = Pick<Driver, "member" | "ranges" | "committed" | "begin" | "read">;

/** All that flowctl needs of a client of Kafka, so that another library can stand in for this one. Its rejections are KafkaFailures. */
export interface Driver extends AsyncDisposable {
  producer(): Promise<Producer>;
  member(options: MemberOptions): Member;
  /** How many servers the cluster has. */
  servers(): Promise<number>;
  topics(): Promise<readonly string[]>;
  groups(): Promise<readonly string[]>;
  /** Null: the topic is not there. */
  partitions(topic: string): Promise<readonly PartitionState[] | null>;
  ranges(topic: string): Promise<readonly Range[]>;
  /** Of all of them by as few questions as of one. */
  allRanges(topics: readonly string[]): Promise<ReadonlyMap<string, readonly Range[]>>;
  /** Of each topic where the group has committed something. */
  committed(group: string, topic?: string): Promise<ReadonlyMap<string, Positions>>;
  /** Stores where a group begins that has no members yet. False: it has some, who did so before they joined. */
  begin(group: string, topic: string, positions: Positions): Promise<boolean>;
  /** A topic's settings; empty where they may not be read. */
  config(topic: string): Promise<ReadonlyMap<string, string>>;
  create(topics: readonly NewTopic[]): Promise<void>;
  /** Some records of each partition from these offsets on, without a group. */
  read(topic: string, from: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, Piece>>;
}
