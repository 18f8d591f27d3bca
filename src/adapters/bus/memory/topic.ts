import type { Delivery, Outgoing } from "../../../core/ports/bus.js";
import type { Group } from "./group.js";

const PARTITIONS = 8;
/** Kept for 7 days and until every group has read it. */
const RETENTION_MS = 7 * 24 * 3_600_000;

export interface Topic {
  readonly name: string;
  readonly partitions: readonly Partition[];
  readonly groups: Map<string, Group>;
}

export interface Partition {
  readonly index: number;
  /** Offset of `records[0]`. */
  base: number;
  /** As they are delivered the first time, so that reading makes nothing. */
  records: Delivery[];
}

export const createTopic = (name: string): Topic => ({
  name,
  partitions: Array.from({ length: PARTITIONS }, (_, index) => ({ index, base: 0, records: [] })),
  groups: new Map(),
});

export const endOf = (partition: Partition): number => partition.base + partition.records.length;

export function appendMessage(topic: Topic, { key, headers, body }: Outgoing, timestamp: number): void {
  const partition = topic.partitions[partitionOf(key)];
  if (partition === undefined) return;
  partition.records.push({ topic: topic.name, partition: partition.index, offset: String(endOf(partition)), key, headers, timestamp, body, attempt: 1 });
}

/** Messages without a key keep their order too: they share the first partition. */
function partitionOf(key: string | null): number {
  if (key === null) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}

/** Removes what is past its retention and read by all groups; the older half at a time, so that a publish costs the same. */
export function trim(topic: Topic, now: number): void {
  for (const partition of topic.partitions) {
    const half = Math.ceil(partition.records.length / 2);
    const last = partition.records[half - 1];
    if (last === undefined || now - last.timestamp < RETENTION_MS) continue;
    if ([...topic.groups.values()].some((group) => (group.progress(partition.index)?.committed() ?? 0) < partition.base + half)) continue;
    partition.records = partition.records.slice(half);
    partition.base += half;
  }
}
