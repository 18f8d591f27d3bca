import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import { connectRedis } from "../../../src/adapters/redis/broker.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectionTo, madeTopic, unused } from "./harness.js";

describeOn("redis", "Redis: a password that is renewed while it is served", (url) => {
  const at = new URL(url).host;
  const WAYS: readonly (readonly [where: string, of: (username: string, password: string) => BrokerConnection])[] = [
    ["in `auth`", (username, password) => connectionTo(url, { username, password })],
    ["in the url", (username, password) => connectionTo(`redis://${username}:${password}@${at}`)],
  ];
  test.each(WAYS)("is shown from the next connection on: %s", { timeout: 60_000 }, async (_, of) => {
    const admin = new Redis(url);
    onTestFinished(() => admin.disconnect());
    const username = unused();
    onTestFinished(async () => void (await admin.call("ACL", "DELUSER", username)));
    await admin.call("ACL", "SETUSER", username, "on", ">first", "~*", "&*", "+@all");
    let password = "first";
    const renewed = (): BrokerConnection => ({ ...of(username, password), renewed });
    await using broker = await connectRedis(renewed(), { clock: systemClock, random: systemRandom });
    const topic = await madeTopic(broker);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    await admin.call("ACL", "SETUSER", username, "resetpass", ">second");
    password = "second";
    await admin.call("CLIENT", "KILL", "USER", username);
    await expect.poll(() => broker.bus.publish([message(topic, "k", 1)]).then(() => "published", String), { timeout: 30_000 }).toBe("published");
    expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    await reader.subscription.close();
  });
});
