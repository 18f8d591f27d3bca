import type { Delivery, Outgoing } from "../../../core/ports/bus.js";
import type { Group } from "../group/group.js";
import type { Records } from "../group/subscription.js";
import type { PartitionEnd } from "../group/progress.js";
import { PARTITIONS, partitionOf } from "../partition.js";
import { RETENTION_MS } from "../retention.js";

export interface Topic {
  readonly name: string;
  readonly partitions: readonly Partition[];
  readonly groups: Map<string, Group>;
}

export interface Partition extends PartitionEnd {
  /** Offset of `records[0]`. */
  base: number;
  /** As they are delivered the first time, so that reading makes nothing. */
  records: Delivery[];
}

export const createTopic = (name: string): Topic => ({
  name,
  partitions: Array.from({ length: PARTITIONS }, (_, index): Partition => {
    const partition: Partition = { index, base: 0, records: [], end: () => partition.base + partition.records.length };
    return partition;
  }),
  groups: new Map(),
});

export function appendMessage(topic: Topic, { key, headers, body }: Outgoing, timestamp: number): void {
  const partition = topic.partitions[partitionOf(key)];
  if (partition === undefined) return;
  partition.records.push({ topic: topic.name, partition: partition.index, offset: String(partition.end()), key, headers, timestamp, body, attempt: 1 });
}

/** Everything kept is in memory, and nothing outlives the process. */
export const recordsOf = (topic: Topic): Records => ({
  get(index, offset) {
    const partition = topic.partitions[index];
    return partition?.records[offset - partition.base] ?? null;
  },
  load: async ([first]) => {
    throw new Error(`${topic.name} has lost ${first?.partition}/${first?.offset}, which a group has not read`);
  },
  keep: () => undefined,
  moved: () => undefined,
  changed: () => undefined,
  closed: async () => undefined,
});

/** Removes what is past its retention and read by all groups; the older half at a time, so that a publish costs the same. */
export function trim(topic: Topic, now: number): void {
  for (const partition of topic.partitions) {
    const half = Math.ceil(partition.records.length / 2);
    const last = partition.records[half - 1];
    if (last === undefined || now - last.timestamp < RETENTION_MS) continue;
    if ([...topic.groups.values()].some((group) => (group.progress[partition.index]?.committed() ?? 0) < partition.base + half)) continue;
    partition.records = partition.records.slice(half);
    partition.base += half;
  }
}
