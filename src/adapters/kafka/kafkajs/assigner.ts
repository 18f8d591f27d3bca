import { AssignerProtocol, type PartitionAssigner } from "kafkajs";

const VERSION = 1;

/**
 * Who has partitions keeps as many of them as it may: when a member comes or goes, the others' messages in flight stay
 * where they are. The library's own assigner deals all of them out anew each time.
 */
export const stickyAssigner =
  (topic: string, held: () => readonly number[]): PartitionAssigner =>
  ({ cluster }) => ({
    name: "flowctl-sticky",
    version: VERSION,
    protocol: ({ topics }) => ({ name: "flowctl-sticky", metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(held())) }) }),
    async assign({ members }) {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const claims = members.map(({ memberId, memberMetadata }) => ({ memberId, had: heldOf(memberMetadata) }));
      return shares(claims, partitions).map(({ memberId, gets }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment: { [topic]: [...gets] }, userData: Buffer.alloc(0) }),
      }));
    },
  });

function heldOf(metadata: Buffer): readonly number[] {
  try {
    const held: unknown = JSON.parse(AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? "");
    return Array.isArray(held) ? held.filter((one) => typeof one === "number") : [];
  } catch {
    return [];
  }
}

interface Claim {
  readonly memberId: string;
  readonly had: readonly number[];
}

/** As even as can be; what a member had and may keep stays with it. */
export function shares(claims: readonly Claim[], partitions: readonly number[]): readonly { readonly memberId: string; readonly gets: readonly number[] }[] {
  const free = new Set(partitions.toSorted((a, b) => a - b));
  const least = Math.floor(partitions.length / claims.length);
  let larger = partitions.length % claims.length;
  const members = claims.toSorted((a, b) => b.had.length - a.had.length || (a.memberId < b.memberId ? -1 : 1)).map(({ memberId, had }) => {
    const may = had.filter((partition) => free.has(partition));
    const room = least + (larger > 0 && may.length > least ? 1 : 0);
    if (room > least) larger -= 1;
    const gets = may.slice(0, room);
    for (const partition of gets) free.delete(partition);
    return { memberId, gets };
  });
  const left = [...free];
  for (const { gets } of members) gets.push(...left.splice(0, Math.max(0, least - gets.length)));
  for (const { gets } of members) if (left.length > 0 && gets.length === least) gets.push(...left.splice(0, 1));
  return members;
}
