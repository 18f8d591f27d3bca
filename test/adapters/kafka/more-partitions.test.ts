import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import type { Driver, MemberOptions, StoredRecord } from "../../../src/adapters/kafka/driver.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { read } from "../../conformance/bus-reader.js";
import { turns } from "../../support/virtual-clock.js";

const record = (offset: number): StoredRecord => ({ offset: String(offset), key: null, value: Buffer.from(String(offset)), timestamp: "0" });

test("what comes of a partition that the group has read, while the beginning of a new one is stored, is not lost", async () => {
  const joined = Promise.withResolvers<MemberOptions>();
  const stored = Promise.withResolvers<void>();
  const committed = new Map([[0, 5]]);
  const driver: Pick<Driver, "ranges" | "committed" | "begin" | "member"> = {
    ranges: async () => [{ partition: 0, low: 0, high: 8 }, { partition: 1, low: 0, high: 0 }],
    committed: async () => new Map([["t", new Map(committed)]]),
    // Partition 1 is new, and the group has members.
    begin: async () => false,
    member: (options) => ({
      async join() {
        options.assigned([0, 1], false);
        joined.resolve(options);
      },
      async commit(positions) {
        await stored.promise;
        for (const [partition, offset] of positions) committed.set(partition, offset);
      },
      seek: () => undefined,
      leave: async () => undefined,
    }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a driver, a subscription asks no more than these
  const subscribing = subscribeTo(driver as Driver, systemClock, { topic: "t", group: "g", from: "earliest", maxBatch: 10, partitions: 2, met: new Map(), notice: () => undefined });
  const member = await joined.promise;
  // The library fetches from the committed position at once, and goes on behind it.
  const first = member.records(0, [5, 6, 7].map(record), 8, false);
  await turns();
  stored.resolve();
  const reader = read(await subscribing);
  await first;
  void member.records(0, [record(8)], 9, false);
  const came = await reader.take(1);
  await reader.subscription.ack(came);
  await reader.subscription.close();
  // Nor is what is behind it, when that is acknowledged, all of it.
  expect({ came: came[0]?.offset, committed: committed.get(0) }).toEqual({ came: "5", committed: 6 });
});
