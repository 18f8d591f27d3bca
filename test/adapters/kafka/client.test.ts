import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../../src/adapters/kafka/kafkajs/client.js";

test("nothing that the library has opened stays open", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const { kafka, destroy } = createClient({ urls: [`127.0.0.1:${port}`], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 1, partitions: 1 } });
  const came = once(server, "connection");
  // It tries for longer than this test lasts.
  kafka.admin().connect().catch(() => undefined);
  const [socket]: Socket[] = await came;
  const closed = once(socket?.resume() ?? server, "close");
  destroy();
  await closed;
  expect(socket?.destroyed).toBe(true);
});
