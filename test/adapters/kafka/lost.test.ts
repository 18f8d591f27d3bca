import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { KafkaFailure } from "../../../src/adapters/kafka/driver.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { read } from "../../conformance/bus-reader.js";
import { fakeGroup, record, subscriptionOf } from "./fake-group.js";

test("a member that was put out of its group acknowledges nothing and holds nobody up: who waits for it would not subscribe anew", async () => {
  const gone = new KafkaFailure("the member is not known", "UNKNOWN_MEMBER_ID", undefined);
  const { driver, joined } = fakeGroup([{ partition: 0, low: 0, high: 2 }], [[0, 0]], () => Promise.reject(gone));
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 1, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [record(0)], 1, false);
  const came = await reader.take(1);
  await expect(reader.subscription.ack(came)).rejects.toThrow("is not known");
  const ended = expect(reader.ended).rejects.toThrow("is not known");
  member.lost(gone);
  await ended;
  await reader.subscription.ack(came);
  await reader.subscription.close();
});
