import { spawnSync } from "node:child_process";
import { Redis } from "ioredis";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic } from "./harness.js";

/** Two servers of this test alone. */
const SETS = ["a", "b"].map((name) => `servers-redis-failover-${name}-${process.pid}`);
const servers = (set: string, ...words: string[]): string => spawnSync(process.execPath, ["scripts/servers.mjs", ...words], { encoding: "utf8", env: { ...process.env, FLOWCTL_SERVERS: set } }).stdout;
const portOf = (set: string): number => Number(/:(\d+)/.exec(servers(set, "up", "--cached", "redis"))?.[1]);

describeOn("redis", "Redis Streams, a replica that is promoted", () => {
  afterAll(() => void SETS.map((set) => servers(set, "down")));

  test("is found by the address that leads to it now, though the old primary goes on as its replica", { timeout: 60_000 }, async () => {
    const [old = 0, young = 0] = SETS.map(portOf);
    const [first, second] = [old, young].map((port) => {
      const redis = new Redis(port, "127.0.0.1");
      onTestFinished(() => redis.disconnect());
      return redis;
    });
    let primary = old;
    await using proxy = await openProxy({
      host: "127.0.0.1",
      get port() {
        return primary;
      },
    });
    await second?.call("REPLICAOF", "127.0.0.1", old);
    await using broker = await connect(`redis://127.0.0.1:${proxy.port}`);
    const topic = await madeTopic(broker);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    await broker.bus.publish([message(topic, "k", 1)]);
    await reader.subscription.ack(await reader.take(1));
    await expect.poll(async () => await second?.xlen(topic), { timeout: 30_000 }).toBe(1);

    await second?.call("REPLICAOF", "NO", "ONE");
    await first?.call("REPLICAOF", "127.0.0.1", young);
    primary = young;
    // As the outbox does.
    await expect.poll(async () => await broker.bus.publish([message(topic, "k", 2)]).then(() => "published", String), { timeout: 30_000 }).toBe("published");
    expect((await reader.take(1)).map(numberOf)).toEqual([2]);
    expect(await second?.xlen(topic)).toBe(2);
    await reader.subscription.close();
  });
});
