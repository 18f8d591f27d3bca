import { expect, test } from "vitest";
import { createRequestRoom } from "../../../src/adapters/bus/request-room.js";
import { createWriteQueue } from "../../../src/adapters/bus/write-queue.js";
import { KafkaFailure, type Driver } from "../../../src/adapters/kafka/driver.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { createPlaces } from "../../../src/adapters/kafka/places.js";
import { createPublisher } from "../../../src/adapters/kafka/publisher.js";
import type { Outgoing } from "../../../src/core/ports/bus.js";
import { virtualClock, type VirtualClock } from "../../support/virtual-clock.js";
import { connectionTo } from "../kafka/harness.js";

/** After so long a request is given up, however much of it has arrived. */
const GIVEN_UP_MS = 5000;
const SIZE = 8000;
const messages: readonly Outgoing[] = Array.from({ length: 300 }, (_, n) => ({ topic: "t", key: "k", id: String(n), headers: {}, body: "x".repeat(SIZE) }));

/** A link of so many bytes in a second, and what has come over it. */
function link(clock: VirtualClock, perSecond: number) {
  const requests: number[] = [];
  return {
    requests,
    async carry(bytes: number): Promise<void> {
      const ms = (bytes / perSecond) * 1000;
      await new Promise<void>((resolve) => void clock.after(Math.min(ms, GIVEN_UP_MS), resolve));
      if (ms > GIVEN_UP_MS) throw new KafkaFailure("timed out", null, undefined);
      requests.push(bytes);
    },
  };
}

/** Who publishes repeats what was rejected, as a whole. */
async function published(clock: VirtualClock, publish: (messages: readonly Outgoing[]) => Promise<void>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    let outcome: boolean | null = null;
    publish(messages).then(() => (outcome = true), () => (outcome = false));
    while (outcome === null) await clock.advance(500);
    if (outcome || tries === 20) return tries;
  }
}

test("Kafka: over a link that does not carry a whole request in its time all is published, by smaller ones", async () => {
  const clock = virtualClock();
  const slow = link(clock, 50_000);
  const driver: Driver = { ...createDriver(connectionTo("127.0.0.1:1"), clock), producer: async () => ({ send: (records) => slow.carry(records.length * SIZE), close: async () => undefined }), partitions: async () => [{ partition: 0, replicas: 1, inSync: 1 }] };
  const publisher = createPublisher(driver, createPlaces(driver, clock), clock);
  expect(await published(clock, publisher.publish)).toBeLessThan(5);
  await publisher.close();
});

test("a write queue, as of Redis, the same; over a fast link the next requests are large again", async () => {
  const clock = virtualClock();
  const most = 4 * 1024 * 1024;
  const room = createRequestRoom(clock, most);
  let way = link(clock, 50_000);
  const queue = createWriteQueue(clock, (batch) => room.measured(batch.length * SIZE, () => way.carry(batch.length * SIZE)), room.bytes);
  expect(await published(clock, queue.publish)).toBeLessThan(6);
  expect(Math.max(...way.requests)).toBeLessThanOrEqual(250_000);
  way = link(clock, 1e9);
  for (let n = 0; n < 6; n += 1) expect(await published(clock, queue.publish)).toBe(1);
  expect(Math.max(...way.requests)).toBe(messages.length * SIZE);
});

test("a server that is far away, and one that refuses at once, leave requests as large as they are", async () => {
  const clock = virtualClock();
  const room = createRequestRoom(clock, 1_000_000);
  const far = room.measured(1_000_000, () => new Promise<void>((resolve) => void clock.after(2000, resolve)));
  await clock.advance(2000);
  await far;
  await expect(room.measured(1_000_000, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  expect(room.bytes()).toBe(1_000_000);
});
