import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { KafkaFailure, type Driver, type MemberOptions } from "../../../src/adapters/kafka/driver.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { read } from "../../conformance/bus-reader.js";

test("a member that was put out of its group acknowledges nothing and holds nobody up: who waits for it would not subscribe anew", async () => {
  const joined = Promise.withResolvers<MemberOptions>();
  const gone = new KafkaFailure("the member is not known", "UNKNOWN_MEMBER_ID", undefined);
  const driver: Pick<Driver, "ranges" | "committed" | "begin" | "member"> = {
    ranges: async () => [{ partition: 0, low: 0, high: 2 }],
    committed: async () => new Map([["t", new Map([[0, 0]])]]),
    begin: async () => true,
    member: (options) => ({
      async join() {
        options.assigned([0], false);
        joined.resolve(options);
      },
      commit: () => Promise.reject(gone),
      seek: () => undefined,
      leave: async () => undefined,
    }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a driver, a subscription asks no more than these
  const subscribing = subscribeTo(driver as Driver, systemClock, { topic: "t", group: "g", from: "earliest", maxBatch: 10, partitions: 1, met: new Map(), notice: () => undefined });
  const member = await joined.promise;
  const reader = read(await subscribing);
  void member.records(0, [{ offset: "0", key: null, value: Buffer.from("0"), timestamp: "0" }], 1, false);
  const came = await reader.take(1);
  await expect(reader.subscription.ack(came)).rejects.toThrow("is not known");
  const ended = expect(reader.ended).rejects.toThrow("is not known");
  member.lost(gone);
  await ended;
  await reader.subscription.ack(came);
  await reader.subscription.close();
});
