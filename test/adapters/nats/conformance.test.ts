import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";
import { brokerConformance } from "../../conformance/broker.js";
import { busConformance } from "../../conformance/bus.js";
import { durableBusConformance } from "../../conformance/durable-bus.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, natsHarness, unused } from "./harness.js";

describeOn("nats", "NATS JetStream", (url) => {
  busConformance("nats", () => natsHarness(url));
  durableBusConformance("nats", () => natsHarness(url));
  const open: AsyncDisposable[] = [];
  afterAll(async () => {
    for (const one of open) await one[Symbol.asyncDispose]();
  });
  brokerConformance("nats", async () => {
    const { hostname, port } = new URL(url);
    const network = await openProxy({ host: hostname, port: Number(port) });
    open.push(network);
    return {
      connect: () => connectAt(url),
      unused,
      passes: (ms) => sleep(ms),
      network: { ...network, connect: () => connectAt(`nats://127.0.0.1:${network.port}`) },
      wildcard: (name) => ({ pattern: `${name}.>`, under: `${name}.site-1.door` }),
      dedupes: true,
    };
  });
});
