import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { contendForLease } from "../../../src/adapters/nats/lease.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a lease that is confirmed late", (url) => {
  test("is told to its reader, which did not read while nobody knew that it is still held", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered: true }] }]);
    const nc = await connect({ servers: url });
    const told: string[] = [];
    // What the server has not confirmed for so long may be another member's.
    let late = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + late };
    const lease = await contendForLease(nc, await jetstreamManager(nc), clock, { group: "g", topic, owner: "me", stood: new Map(), place: async () => ({ position: 0, at: null, created: "now" }) }, {
      taken: () => told.push("taken"),
      lost: () => told.push("lost"),
      missing: () => told.push("missing"),
      confirmed: () => told.push(lease.isHeld() ? "held" : "not held"),
    });
    late = 60_000;
    expect(lease.isHeld()).toBe(false);
    await lease.save({ position: 1, at: null });
    expect(told).toEqual(["taken", "held"]);
    await lease.release(null);
    await nc.close();
  });
});
