import { createRequire } from "node:module";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import "../../../src/adapters/kafka/kafkajs/mend.js";

let delays: number[] = [];
beforeEach(() => {
  delays = [];
  vi.useFakeTimers();
  const set = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation((act, ms) => {
    delays.push(Number(ms));
    return set(act, ms);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const settings = { maxInFlightRequests: 1, requestTimeout: 1000, enforceRequestTimeout: false, clientId: "c", broker: "b", logger: { debug: () => undefined, warn: () => undefined } };
const request = (correlationId: number, sent: number[]) => ({ entry: { correlationId, resolve: () => undefined, reject: () => undefined }, expectResponse: true, sendRequest: () => void sent.push(correlationId) });

test("a queue where nothing waits has no timer; what waits is sent when its time has come", async () => {
  const sent: number[] = [];
  const queue = new RequestQueue(settings);
  queue.push(request(1, sent));
  queue.fulfillRequest({ correlationId: 1, size: 0, payload: null });
  expect([sent, delays]).toEqual([[1], []]);
  queue.maybeThrottle(500);
  queue.push(request(2, sent));
  expect([sent, delays]).toEqual([[1], [500]]);
  await vi.advanceTimersByTimeAsync(500);
  expect(sent).toEqual([1, 2]);
  queue.fulfillRequest({ correlationId: 2, size: 0, payload: null });
  expect(delays).toEqual([500]);
});

test("the library still needs it: when this fails, remove src/adapters/kafka/kafkajs/mend.ts", async () => {
  const require = createRequire(import.meta.url);
  const path = require.resolve("kafkajs/src/network/requestQueue/index.js");
  delete require.cache[path];
  const Unmended: typeof RequestQueue = require(path);
  new Unmended(settings).scheduleCheckPendingRequests();
  expect(delays).toHaveLength(1);
  expect(delays[0]).toBeLessThan(0);
  await vi.advanceTimersByTimeAsync(50);
  expect(delays.length).toBeGreaterThan(20);
});
