import type { Delivery } from "../../../core/ports/bus.js";
import type { Group } from "../group/group.js";
import { PARTITIONS } from "../partition.js";
import { createTail, type Tail, type TailMemory } from "./tail.js";

/** What this process remembers of a topic that it reads. */
export interface Topic {
  readonly name: string;
  readonly tails: readonly Tail[];
  readonly groups: Map<string, Group>;
  append(partition: number, offset: number, delivery: Delivery): void;
}

export function createTopic(name: string, memory: TailMemory): Topic {
  const groups = new Map<string, Group>();
  const tails = Array.from({ length: PARTITIONS }, (_, partition) =>
    createTail(memory, () => {
      const cursors: number[] = [];
      for (const group of groups.values()) if (group.members.length > 0) cursors.push(group.progress[partition]?.cursor() ?? 0);
      return cursors;
    }),
  );
  return { name, tails, groups, append: (partition, offset, delivery) => tails[partition]?.append(offset, delivery) };
}
