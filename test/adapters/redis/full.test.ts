import { spawnSync } from "node:child_process";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectRedis } from "../../../src/adapters/redis/broker.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import { message, numberOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectionTo, madeTopic } from "./harness.js";

/** A server of this test alone, that has no room. */
const servers = (...words: string[]) => spawnSync(process.execPath, ["scripts/servers.mjs", ...words], { encoding: "utf8", env: { ...process.env, FLOWCTL_SERVERS: `servers-redis-full-${process.pid}` } });
/** Waits shorter by so much: a machine that others use too must not keep a member from its keys until it is fenced. */
const HASTE = 3;
const hasty: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * HASTE, after: (ms, run) => systemClock.after(ms / HASTE, run) };
/** By then a member that did not renew its keys does nothing more. */
const FENCED_MS = 9000;

describeOn("redis", "Redis Streams, a server whose memory is full", () => {
  afterAll(() => void servers("down"));

  test.each([false, true])("takes nothing new, and who reads goes on, by which it gets room; ordered: %s", async (ordered) => {
    const url = servers("up", "--cached", "redis").stdout.trim().split(/\s+/)[1] ?? "";
    await using broker = await connectRedis(connectionTo(url), { clock: hasty, random: systemRandom });
    const topic = await madeTopic(broker);
    const subscription = await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 1, ordered });
    await broker.bus.publish([message(topic, "k", 1), message(topic, "k", 2)]);
    const batches = subscription.batches[Symbol.asyncIterator]();
    const first = (await batches.next()).value ?? [];
    const redis = new Redis(url);
    try {
      await redis.config("SET", "maxmemory", "1");
      await expect(broker.bus.publish([message(topic, "k", 3)])).rejects.toThrow("OOM");
      await new Promise<void>((resolve) => void hasty.after(FENCED_MS, resolve));
      await subscription.ack(first);
      expect(((await batches.next()).value ?? []).map(numberOf)).toEqual([2]);
      expect(await subscription.lag()).toBe(1);
    } finally {
      await redis.config("SET", "maxmemory", "0");
      redis.disconnect();
      await subscription.close();
    }
  });
});
