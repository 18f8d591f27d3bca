import { afterAll } from "vitest";
import type { Bus } from "../../../src/core/ports/bus.js";
import type { Broker } from "../../../src/core/ports/broker.js";
import { brokerConformance } from "../../conformance/broker.js";
import { busConformance } from "../../conformance/bus.js";
import { durableBusConformance } from "../../conformance/durable-bus.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic, passes, unused } from "./harness.js";

describeOn("redis", "Redis Streams", (url) => {
  busConformance("redis", async () => {
    const broker = await connect(url);
    return { bus: closing(broker), topic: () => madeTopic(broker), passes, tooLarge: 9_000_000 };
  });
  durableBusConformance("redis", async () => {
    const broker = await connect(url);
    return { bus: closing(broker), topic: () => madeTopic(broker), passes, reopen: async () => closing(await connect(url)) };
  });
  const open: AsyncDisposable[] = [];
  afterAll(async () => {
    for (const one of open) await one[Symbol.asyncDispose]();
  });
  brokerConformance("redis", async () => {
    const { hostname, port } = new URL(url);
    const network = await openProxy({ host: hostname, port: Number(port) });
    open.push(network);
    return { connect: () => connect(url), unused, passes, network: { ...network, connect: () => connect(`redis://127.0.0.1:${network.port}`) }, wildcard: null, dedupes: true };
  });
});

/** Its connection ends with the bus. */
const closing = (broker: Broker): Bus => ({ ...broker.bus, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() });
