import type { GroupDriver, MemberOptions, Range, StoredRecord } from "../../../src/adapters/kafka/driver.js";

export const record = (offset: number, timestamp = 1): StoredRecord => ({ offset: String(offset), key: null, value: Buffer.from(String(offset)), timestamp: String(timestamp) });

interface FakeGroup {
  readonly driver: GroupDriver;
  /** The member, when it has joined. */
  readonly joined: Promise<MemberOptions>;
  /** By partition. */
  readonly committed: Map<number, number>;
  /** Offsets that the member goes on from, one behind the other. */
  readonly sought: readonly number[];
}

/** The group `g` of the topic `t`, with a member that has all partitions at once. `commit` is awaited before positions are kept. */
export function fakeGroup(ranges: readonly Range[], positions: readonly (readonly [partition: number, offset: number])[], commit: () => Promise<void> = async () => undefined): FakeGroup {
  const joined = Promise.withResolvers<MemberOptions>();
  const committed = new Map(positions);
  const sought: number[] = [];
  const driver: GroupDriver = {
    ranges: async () => ranges,
    committed: async () => new Map([["t", new Map([...committed].map(([partition, offset]) => [partition, { offset, last: null }]))]]),
    // It has members.
    begin: async () => false,
    read: async (_, from) => new Map([...from].map(([partition, offset]) => [partition, { records: [record(offset)], next: offset + 1 }])),
    member: (options) => ({
      async join() {
        options.assigned(ranges.map(({ partition }) => partition), false);
        joined.resolve(options);
      },
      async commit(ahead) {
        await commit();
        for (const [partition, { offset }] of ahead) committed.set(partition, offset);
      },
      seek: (_, offset) => void sought.push(offset),
      leave: async () => undefined,
    }),
  };
  return { driver, joined: joined.promise, committed, sought };
}

export const subscriptionOf = { topic: "t", group: "g", from: "earliest", maxBatch: 10, notice: () => undefined } as const;
