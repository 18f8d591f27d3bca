import { expect, test } from "vitest";
import { elapse } from "../../../src/core/elapse.js";
import { createRequestRoom } from "../../../src/adapters/bus/request-room.js";
import { createWriteQueue } from "../../../src/adapters/bus/write-queue.js";
import { KafkaFailure, type Driver, type NewRecord } from "../../../src/adapters/kafka/driver.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { createPlaces } from "../../../src/adapters/kafka/places.js";
import { createPublisher, type Publisher } from "../../../src/adapters/kafka/publisher.js";
import { createPublisher as createRedisPublisher } from "../../../src/adapters/redis/publisher.js";
import type { Outgoing } from "../../../src/core/ports/bus.js";
import { virtualClock, type VirtualClock } from "../../support/virtual-clock.js";
import { connectionTo } from "../kafka/harness.js";

const SIZE = 8000;
const messages: readonly Outgoing[] = Array.from({ length: 300 }, (_, n) => ({ topic: "t", key: "k", id: String(n), headers: {}, body: "x".repeat(SIZE) }));

/** A link of so many bytes in a second, and what has come over it. */
function link(clock: VirtualClock, perSecond: number) {
  const requests: number[] = [];
  return {
    requests,
    /** Given up after so long, however much of it has arrived. */
    async carry(bytes: number, givenUpMs: number): Promise<void> {
      const ms = (bytes / perSecond) * 1000;
      await elapse(clock, Math.min(ms, givenUpMs));
      if (ms > givenUpMs) throw new KafkaFailure("timed out", null, undefined);
      requests.push(bytes);
    },
  };
}

/** Who publishes repeats what was rejected, as a whole. */
async function published(clock: VirtualClock, publish: (messages: readonly Outgoing[]) => Promise<void>, of = messages): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    let outcome: boolean | null = null;
    publish(of).then(() => (outcome = true), () => (outcome = false));
    while (outcome === null) await clock.advance(500);
    if (outcome || tries === 20) return tries;
  }
}

function kafkaOver(clock: VirtualClock, way: ReturnType<typeof link>): Publisher {
  const sizeOf = (records: readonly NewRecord[]): number => records.reduce((sum, { value }) => sum + value.length, 0);
  const driver: Driver = { ...createDriver(connectionTo("127.0.0.1:1"), clock), producer: async () => ({ send: (records, ms) => way.carry(sizeOf(records), ms), close: async () => undefined }), partitions: async () => [{ partition: 0, replicas: 1, inSync: 1 }] };
  return createPublisher(driver, createPlaces(driver, clock), clock);
}

test("Kafka: over a link that does not carry a whole request in its time all is published, by smaller ones", async () => {
  const clock = virtualClock();
  const publisher = kafkaOver(clock, link(clock, 50_000));
  expect(await published(clock, publisher.publish)).toBeLessThan(5);
  await publisher.close();
});

/** At 50 kB/s it takes 18 seconds. */
const alone: readonly Outgoing[] = [{ topic: "t", key: "k", id: "large", headers: {}, body: "x".repeat(900_000) }];

test("Kafka: a message alone that a slow link does not carry in the time of a request gets more of it", async () => {
  const clock = virtualClock();
  const publisher = kafkaOver(clock, link(clock, 50_000));
  expect(await published(clock, publisher.publish, alone)).toBeLessThan(5);
  await publisher.close();
});

test("Redis: the same, over a connection on which nothing else waits", async () => {
  const clock = virtualClock();
  const way = link(clock, 50_000);
  let ms = 0;
  const publish = createRedisPublisher({
    waits: (longer) => (ms = longer),
    command: () => Promise.reject(new Error("it is a script")),
    script: (_script, _keys, args) => way.carry(args.reduce<number>((sum, one) => sum + String(one).length, 0), ms),
    close: () => undefined,
  }, clock);
  expect(await published(clock, publish, alone)).toBeLessThan(6);
});

test("what is waited for is a minute at the most, and a request that fits is given up as soon as ever", async () => {
  const clock = virtualClock();
  const room = createRequestRoom(clock, 1_000_000);
  const asked: number[] = [];
  for (const bytes of [10, 1_000_000, 3_000_000, 100_000_000]) await room.measured(bytes, async (ms) => void asked.push(ms));
  expect(asked).toEqual([5000, 5000, 15_000, 60_000]);
});

test("a write queue, as of Redis, the same; over a fast link the next requests are large again", async () => {
  const clock = virtualClock();
  const most = 4 * 1024 * 1024;
  const room = createRequestRoom(clock, most);
  let way = link(clock, 50_000);
  const queue = createWriteQueue(clock, (batch) => room.measured(batch.length * SIZE, (ms) => way.carry(batch.length * SIZE, ms)), room.bytes);
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
