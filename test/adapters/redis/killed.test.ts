import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic } from "./harness.js";

/** A server of this test alone, to be killed. */
const set = `servers-redis-${process.pid}`;
const servers = (...words: string[]) => spawnSync(process.execPath, ["scripts/servers.mjs", ...words], { encoding: "utf8", env: { ...process.env, FLOWCTL_SERVERS: set } });
const up = (): string => servers("up", "--cached", "redis").stdout.trim().split(/\s+/)[1] ?? "";
const pid = (): number => Number(JSON.parse(readFileSync(new URL(`../../../.cache/${set}.json`, import.meta.url), "utf8")).redis.pid);

describeOn("redis", "Redis Streams, a server that is killed", () => {
  afterAll(() => void servers("down"));

  for (const ordered of [false, true]) {
    test(`kill -9 and restart${ordered ? ", in order" : ""}: what was acknowledged is there, each member goes on`, async () => {
      await using broker = await connect(up());
      const topic = await madeTopic(broker);
      const { bus } = broker;
      await using one = await bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered });
      await using two = await bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered });
      const readers = [read(one), read(two)];
      const done = new Set<number>();
      const firsts: number[] = [];
      const publishing = (async () => {
        for (let at = 0; at < 400; at += 10) {
          if (at === 200) {
            process.kill(pid(), "SIGKILL");
            setTimeout(up, 300);
          }
          await again(() => bus.publish(Array.from({ length: 10 }, (_, more) => message(topic, "k", at + more))));
        }
      })();
      while (done.size < 400) {
        for (const { subscription, take, waiting } of readers) {
          const some = await take(waiting());
          await again(() => subscription.ack(some));
          for (const number of some.map(numberOf)) {
            if (!done.has(number)) firsts.push(number);
            done.add(number);
          }
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await publishing;
      if (ordered) expect(firsts).toEqual(Array.from({ length: 400 }, (_, at) => at));
      await again(async () => expect(await one.lag()).toBe(0));
    });
  }
});

/** As the runtime does: a broker that is away is asked again. */
async function again(act: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await act();
    } catch {
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
    }
  }
}
