import { expect, test } from "vitest";
import { CLAIM } from "../../../src/core/claim.js";
import type { Bus } from "../../../src/core/ports/bus.js";
import { claimBus } from "../../../src/runtime/claim/claim-bus.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

test("I39: a body is in the store before its message is published; where the store does not take it, neither is", async () => {
  const kept = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const asked: number[] = [];
  const published: string[] = [];
  let puts = 0;
  const clock = virtualClock();
  const bus: Bus = { from: "earliest", publish: async (messages) => void published.push(...messages.map(({ id }) => id)), subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined };
  const store = { body: async () => null, putBody: async ({ until }: { readonly until: number }) => (asked.push(until - clock.now()), kept[puts++]?.promise) };
  const claims = claimBus(bus, { store, clock }, () => false);
  const message = { topic: "t", key: null, id: "m", headers: { [CLAIM]: "" }, body: "{}" };
  const first = claims.publish([message]);
  await turns();
  expect(published).toEqual([]);
  kept[0]?.resolve();
  await first;
  expect(published).toEqual(["m"]);
  const second = expect(claims.publish([message])).rejects.toThrow("disk full");
  kept[1]?.reject(new Error("disk full"));
  await second;
  expect(published).toEqual(["m"]);
  expect(Math.min(...asked)).toBeGreaterThan(0);
});
