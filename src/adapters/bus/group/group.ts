import type { Progress } from "./progress.js";

/** A member as its group sees it. */
export interface Member {
  wake(): void;
  close(): void;
}

/** One consumer group of one topic: how far it is in each partition, and who reads which. */
export interface Group {
  readonly members: readonly Member[];
  readonly progress: readonly Progress[];
  /** Of a partition whose deliveries in flight are this member's. */
  heldBy(member: Member, partition: number): Progress | undefined;
  /** Partitions that this member may read now. */
  partitionsOf(member: Member): readonly Progress[];
  join(member: Member): void;
  leave(member: Member): void;
  wake(): void;
  lag(): number;
}

export function createGroup(progress: readonly Progress[]): Group {
  const owners: (Member | undefined)[] = [];
  const members: Member[] = [];
  const wake = (): void => {
    for (const member of members) member.wake();
  };
  return {
    members,
    progress,
    heldBy: (member, partition) => (owners[partition] === member ? progress[partition] : undefined),
    partitionsOf(member) {
      return progress.filter((one, index) => {
        const assigned = members[index % members.length];
        // A partition moves when nothing of it is in flight: else its keys would be at two members at once.
        if (owners[index] === undefined || one.inFlight() === 0) owners[index] = assigned;
        return owners[index] === member && assigned === member;
      });
    },
    join(member) {
      members.push(member);
      wake();
    },
    leave(member) {
      const at = members.indexOf(member);
      if (at < 0) return;
      members.splice(at, 1);
      progress.forEach((one, index) => {
        if (owners[index] !== member) return;
        one.requeue();
        owners[index] = undefined;
      });
      wake();
    },
    wake,
    lag: () => progress.reduce((sum, one) => sum + one.lag(), 0),
  };
}
