import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { createNatsBus } from "../../../src/adapters/nats/bus.js";
import { watchLink } from "../../../src/adapters/nats/link.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import { needOf } from "../../conformance/broker.js";
import { message, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

/** How often who waits looks. */
const LOOK_MS = 500;

describeOn("nats", "NATS: a member that is closed while it takes the lease", (url) => {
  test("has nothing after that: no lease, no timer, no consumer", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered: true }] }]);
    const first = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));

    const nc = await connect({ servers: url });
    const jsm = await jetstreamManager(nc);
    const due = new Set<() => void>();
    const timers = new Set<object>();
    const clock: Clock = {
      ...systemClock,
      after(ms, run) {
        const timer = {};
        const over = (): void => {
          timers.delete(timer);
          due.delete(now);
        };
        const cancel = systemClock.after(ms, () => now());
        const now = (): void => {
          cancel();
          over();
          run();
        };
        timers.add(timer);
        // Its looks at the lease come when the test says so.
        if (ms === LOOK_MS) due.add(now);
        return () => {
          cancel();
          over();
        };
      },
    };
    const bus = createNatsBus(nc, jsm, watchLink(nc), { clock, random: systemRandom });
    const second = await bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true });
    await first.subscription.close();
    // It looks, finds the lease free, and is closed before it is told that it has it.
    for (const look of Array.from(due)) look();
    await second.close();
    const third = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));
    await broker.bus.publish([message(topic, "k", 1)]);
    const began = performance.now();
    await third.take(1);
    // Else when the lease of the second is over, which nobody gave back.
    expect(performance.now() - began).toBeLessThan(5000);
    expect(timers.size).toBe(0);
    await third.subscription.close();
    await nc.close();
  }, 30_000);
});
