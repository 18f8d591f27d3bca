import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { message, numberOf } from "../../conformance/bus-reader.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

/** A server of this test alone: it is killed. */
const SET = `kafka-test-${process.pid}`;
const servers = (...words: string[]): string => execFileSync(process.execPath, ["scripts/servers.mjs", ...words], { encoding: "utf8", env: { ...process.env, FLOWCTL_SERVERS: SET } });
const pidOf = (): number => JSON.parse(readFileSync(new URL(`../../../.cache/${SET}.json`, import.meta.url), "utf8")).kafka.pid;
const COUNT = 300;

describeOn("kafka", "Kafka: a server that is killed", () => {
  afterAll(() => void servers("down", "kafka"));

  test("what was published is there, publishing and reading go on, each key in order", { timeout: 120_000 }, async () => {
    const url = /kafka:\S+/.exec(servers("up", "--cached", "kafka"))?.[0] ?? "";
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);

    const got: { readonly at: number; readonly key: string | null }[] = [];
    let over = false;
    const reading = (async () => {
      while (!over) {
        // As the runtime does: what cannot be read is subscribed to again.
        try {
          await using subscription = await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 20 });
          for await (const batch of subscription.batches) {
            got.push(...batch.map((delivery) => ({ at: numberOf(delivery), key: delivery.key })));
            await subscription.ack(batch);
            if (new Set(got.map(({ at }) => at)).size === COUNT) over = true;
            if (over) break;
          }
        } catch {
          await sleep(100);
        }
      }
    })();
    for (let at = 0; at < COUNT; at += 10) {
      if (at === 100) process.kill(pidOf(), "SIGKILL");
      if (at === 120) servers("up", "--cached", "kafka");
      const messages = Array.from({ length: 10 }, (_, next) => message(topic, `k${(at + next) % 5}`, at + next));
      for (;;) {
        try {
          await broker.bus.publish(messages);
          break;
        } catch {
          if (at >= 100 && at < 120) servers("up", "--cached", "kafka");
        }
      }
    }
    await reading;
    for (let key = 0; key < 5; key += 1) {
      const firsts = [...new Set(got.flatMap((one) => (one.key === `k${key}` ? [one.at] : [])))];
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }
  });
});
