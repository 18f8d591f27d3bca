import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import { connectRedis } from "../../../src/adapters/redis/broker.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import { read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectionTo, madeTopic, unused } from "./harness.js";

/** Waits shorter by so much: half a minute is three seconds. */
const HASTE = 10;
const hasty: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * HASTE, after: (ms, run) => systemClock.after(ms / HASTE, run) };

describeOn("redis", "Redis: a password that is changed while it is served", (url) => {
  test.each([{ ordered: false }, { ordered: true }])("is told to the reader as that, ordered: $ordered", async ({ ordered }) => {
    const admin = new Redis(url);
    onTestFinished(() => admin.disconnect());
    const username = unused();
    onTestFinished(async () => void (await admin.call("ACL", "DELUSER", username)));
    await admin.call("ACL", "SETUSER", username, "on", ">old", "~*", "&*", "+@all");
    await using broker = await connectRedis(connectionTo(url, { username, password: "old" }), { clock: hasty, random: systemRandom });
    const topic = await madeTopic(broker);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered }));
    const ended = expect(reader.ended).rejects.toThrow("WRONGPASS");
    await admin.call("ACL", "SETUSER", username, "resetpass", ">new");
    await admin.call("CLIENT", "KILL", "USER", username);
    await ended;
    await reader.subscription.close();
  });
});
