import { connect as connectTo } from "node:net";
import { expect, test } from "vitest";
import { needOf } from "../../conformance/broker.js";
import { read, textOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

/** As no library writes it: these very headers, one message each. Resolves when the server has them all. */
async function publishRaw(url: string, subject: string, all: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connectTo(Number(port), hostname);
  const messages = all.map((headers, index) => `HPUB ${subject} ${Buffer.byteLength(headers)} ${Buffer.byteLength(headers) + String(index).length}\r\n${headers}${index}\r\n`);
  socket.write(`CONNECT {"verbose":false,"pedantic":false,"headers":true,"lang":"raw","version":"1"}\r\n${messages.join("")}PING\r\n`);
  for await (const part of socket.setEncoding("utf8")) if (String(part).includes("PONG")) break;
  socket.destroy();
}

describeOn("nats", "NATS with headers that no client reads", (url) => {
  test.each([false, true])("they are messages like others, or poison, and what comes behind them is read (one reader: %s)", async (ordered) => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic, "g")]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 20, ...(ordered ? { ordered } : {}) }));
    await publishRaw(url, topic, ["NATS/1.0\r\nx : y\r\n\r\n", "NATS/1.0 503 No Responders\r\n\r\n", "NATS/1.0 404 No Messages\r\n\r\n", "NATS/1.0 409 Consumer Deleted\r\n\r\n", "NATS/1.0\r\nno colon\r\n\r\n", "nothing", "NATS/1.0\r\nx: y\r\n\r\n"]);
    const all = await reader.take(7);
    expect(all.map(textOf)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(all.map(({ content }) => content?.is)).toEqual(["problem", ...Array.from({ length: 6 }, () => undefined)]);
    expect(all[0]?.content).toMatchObject({ problem: expect.stringContaining("its headers cannot be read: ") });
    expect(all[6]?.headers).toEqual({ x: "y" });
    // Nobody has been told that the consumer is gone: nothing comes twice.
    expect(all.every(({ attempt }) => attempt === 1)).toBe(true);
    await reader.subscription.close();
    expect(await broker.topics.messages(topic, { last: 7 })).toHaveLength(7);
  });
});
