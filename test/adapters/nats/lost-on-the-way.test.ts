import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

/** A network that can swallow what the server sends. */
async function openDeaf(url: string) {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let swallow: ((bytes: number) => void) | null = null;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined).on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on("data", (data) => (swallow === null ? void client.write(data) : swallow(data.length)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
  return {
    url: `nats://127.0.0.1:${address.port}`,
    /** Resolves when something was swallowed. */
    swallowed: () => new Promise<number>((resolve) => {
      swallow = resolve;
    }),
    breakOff() {
      for (const socket of open) socket.destroy();
      swallow = null;
    },
    close: () => server.close(),
  };
}

describeOn("nats", "NATS: what is lost with the connection", (url) => {
  test.for([{ ordered: false }, { ordered: true }])("a message that was sent when the connection broke comes all the same: $ordered", { timeout: 60_000 }, async ({ ordered }) => {
    const network = await openDeaf(url);
    await using writer = await connectAt(url);
    const topic = unused();
    await writer.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered }] }]);
    const broker = await connectAt(network.url);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered }));
    await writer.bus.publish([message(topic, "k", 1)]);
    await reader.subscription.ack(await reader.take(1));
    const lost = network.swallowed();
    await writer.bus.publish([message(topic, "k", 2)]);
    await lost;
    network.breakOff();
    expect((await reader.take(1)).map(numberOf)).toEqual([2]);
    await reader.subscription.close();
    await broker[Symbol.asyncDispose]();
    network.close();
  });
});
