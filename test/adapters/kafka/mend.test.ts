import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer, Socket, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import BrokerPool from "kafkajs/src/cluster/brokerPool.js";
import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import "../../../src/adapters/kafka/kafkajs/mend.js";

const require = createRequire(import.meta.url);
/** What requires it now gets the module as the library has it. */
function forget(name: string): void {
  delete require.cache[require.resolve(name)];
}

describe("what waits for a connection", () => {
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

  test("the library still needs it: when this fails, take it out of src/adapters/kafka/kafkajs/mend.ts", async () => {
    forget("kafkajs/src/network/requestQueue/index.js");
    const Unmended: typeof RequestQueue = require("kafkajs/src/network/requestQueue/index.js");
    new Unmended(settings).scheduleCheckPendingRequests();
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeLessThan(0);
    await vi.advanceTimersByTimeAsync(50);
    expect(delays.length).toBeGreaterThan(20);
  });
});

describe("a connection", () => {
  async function listening(connected: (socket: Socket) => void): Promise<{ readonly port: number; readonly sockets: readonly Socket[] }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      connected(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address: AddressInfo | string | null = server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0, sockets };
  }
  const logger = { namespace: () => ({ debug: () => undefined, error: () => undefined }) };
  const settingsOf = (port: number) => ({ host: "127.0.0.1", port, logger, connectionTimeout: 5000, requestTimeout: 5000 });
  const made = (kind: typeof Connection, port: number): { readonly connection: Connection; readonly opened: readonly Socket[] } => {
    const opened: Socket[] = [];
    const connection = new kind({
      ...settingsOf(port),
      socketFactory: ({ onConnect }) => {
        const socket = connect({ host: "127.0.0.1", port }, onConnect);
        opened.push(socket);
        return socket;
      },
    });
    onTestFinished(() => {
      for (const socket of opened) socket.destroy();
    });
    return { connection, opened };
  };

  test("who asks while it connects gets the same one; it begins anew without what came before", async () => {
    const { port } = await listening(() => undefined);
    const { connection, opened } = made(Connection, port);
    connection.chunks = [Buffer.from("half")];
    connection.bytesBuffered = 4;
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    expect([opened.length, connection.chunks, connection.bytesBuffered]).toEqual([1, [], 0]);
    await connection.disconnect();
    await connection.connect();
    expect(opened).toHaveLength(2);
    await connection.disconnect();
  });

  test("nobody listens: it says so; one that ends before it has connected does not wait for ever", async () => {
    await expect(made(Connection, 1).connection.connect()).rejects.toThrow("ECONNREFUSED");
    const silent = new Connection({ ...settingsOf(1), socketFactory: () => new Socket() });
    const asked = expect(silent.connect()).rejects.toThrow("Connection closed");
    await silent.disconnect();
    await asked;
  });

  test("the library still needs it: when this fails, take it out of src/adapters/kafka/kafkajs/mend.ts", async () => {
    const { port } = await listening(() => undefined);
    forget("kafkajs/src/network/connection.js");
    const Unmended: typeof Connection = require("kafkajs/src/network/connection.js");
    const { connection, opened } = made(Unmended, port);
    connection.chunks = [Buffer.from("half")];
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    expect([opened.length, connection.chunks.length]).toEqual([3, 1]);
  });
});

describe("an answer that takes long", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const logger = { namespace: () => ({ debug: () => undefined, error: () => undefined }) };

  test.each([
    ["as it is mended", "silent", () => Connection],
    ["as the library has it", "slow", () => {
      forget("kafkajs/src/network/connection.js");
      const Unmended: typeof Connection = require("kafkajs/src/network/connection.js");
      return Unmended;
    }],
  ] as const)("%s: a request is timed out where the server is %s", async (_how, when, kind) => {
    const connection = Object.assign(new (kind())({ host: "127.0.0.1", port: 1, logger, connectionTimeout: 5000, requestTimeout: 5000, socketFactory: () => new Socket() }), { isConnected: () => true });
    const { requestQueue } = connection;
    onTestFinished(() => requestQueue.destroy());
    const ended: string[] = [];
    requestQueue.scheduleRequestTimeoutCheck();
    requestQueue.push({ entry: { correlationId: 1, resolve: () => undefined, reject: () => void ended.push("timed out") }, expectResponse: true, sendRequest: () => undefined });
    connection.processData(Buffer.from([0, 1, 0, 0]));
    for (let n = 0; n < 4; n += 1) {
      await vi.advanceTimersByTimeAsync(4000);
      connection.processData(Buffer.alloc(100));
    }
    expect(ended).toEqual(when === "slow" ? ["timed out"] : []);
    await vi.advanceTimersByTimeAsync(6000);
    expect(ended).toEqual(["timed out"]);
  });

  test("a member that waits for one says that it is there", async () => {
    const fetched = Promise.withResolvers<never>();
    const heartbeat = vi.fn(() => Promise.reject(new Error("The group is rebalancing")));
    const member: unknown = Object.assign(Object.create(ConsumerGroup.prototype), { heartbeat, cluster: { refreshMetadataIfNecessary: () => fetched.promise } });
    if (!(member instanceof ConsumerGroup)) throw new Error("it is one");
    const ended = expect(member.fetch(1)).rejects.toThrow("the fetch is over");
    await vi.advanceTimersByTimeAsync(7000);
    expect(heartbeat).toHaveBeenCalledTimes(3);
    fetched.reject(new Error("the fetch is over"));
    await ended;
    await vi.advanceTimersByTimeAsync(7000);
    expect(heartbeat).toHaveBeenCalledTimes(3);
  });
});

test("who asks servers of which none answers hears why, first of all that he may not know", async () => {
  const pool: unknown = Object.assign(Object.create(BrokerPool.prototype), { brokers: { 1: {}, 2: {} }, findBroker: () => Promise.resolve({}) });
  if (!(pool instanceof BrokerPool)) throw new Error("it is one");
  const forbidden = Object.assign(new Error("Group authorization failed"), { type: "GROUP_AUTHORIZATION_FAILED" });
  await expect(pool.withBroker(() => Promise.reject(forbidden))).rejects.toBe(forbidden);
  await expect(pool.withBroker(() => Promise.reject(new Error("it is away")))).rejects.toThrow("it is away");
  let asked = 0;
  await expect(pool.withBroker(() => Promise.reject((asked += 1) === 1 ? forbidden : new Error("it is away")))).rejects.toBe(forbidden);
  expect(await pool.withBroker(() => Promise.resolve(1))).toBe(1);
});
