import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { connectControl } from "../../src/control/client.js";
import { MOST_BODY } from "../../src/control/protocol.js";
import { createFeed } from "../../src/control/feed.js";
import { serveControl } from "../../src/control/server.js";
import { controlSocketPath, realDatabase } from "../../src/control/socket-path.js";
import { PublishRefused } from "../../src/core/ports/bus.js";
import type { Operator, StoredMessage } from "../../src/core/ports/operator.js";
import { admitted, allOf, putRun, rowOf, served, type Served } from "../support/control.js";
import { folderWith } from "../support/folder.js";

async function connected({ database, server }: Served): Promise<Operator> {
  const operator = await connectControl(server.socketPath, database);
  if (operator === null) throw new Error("nobody serves");
  return operator;
}

/** A request as anybody could send it. */
function raw(socketPath: string, method: string, path: string, body: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false }, (answer) => void text(answer).then((all) => resolve({ status: answer.statusCode, body: all }), reject));
    sent.on("error", reject);
    sent.end(body);
  });
}

test("a list of runs has as many as are asked for, page behind page; one of a process that knows no pages ends", async () => {
  const one = await served();
  await using _server = one.server;
  await using operator = await connected(one);
  const ids = Array.from({ length: 2300 }, (_, at) => `aarun${at}`);
  for (const run of ids) await putRun(one.store, rowOf(run, { status: "failed", finishedAt: 1 }), [admitted(run)]);
  expect((await operator.store.runs({ state: "failed", limit: Number.MAX_SAFE_INTEGER })).map(({ run }) => run)).toEqual(ids.toReversed());
  expect(await operator.store.runs({ limit: 1500 })).toHaveLength(1500);
  expect(await operator.store.runs({ limit: 1000 })).toHaveLength(1000);
  expect(await operator.store.runs({ limit: 3 })).toHaveLength(3);
  const older = await served({ store: { ...one.store, runs: ({ limit }) => one.store.runs({ limit }) } });
  await using _older = older.server;
  await using second = await connected(older);
  expect(await second.store.runs({ limit: 5000 })).toHaveLength(1000);
});

test("of a topic as many of the last messages come as are asked for, also where others lie between them", async () => {
  const stored = Array.from({ length: 9000 }, (_, at): StoredMessage => ({ topic: at % 3 === 0 ? "orders" : "other", position: at + 1, partition: 0, offset: String(at), key: null, headers: {}, timestamp: 0, body: "1" }));
  const one = await served({
    topics: {
      topics: async () => [],
      async messages(topic, which) {
        const all = stored.filter((message) => message.topic === topic);
        return "last" in which ? all.slice(-which.last) : all.filter(({ position }) => position > which.after).slice(0, which.limit);
      },
    },
  });
  await using _server = one.server;
  await using operator = await connected(one);
  const positions = async (last: number): Promise<readonly number[]> => (await operator.topics.messages("orders", { last })).map(({ position }) => position);
  const all = stored.filter(({ topic }) => topic === "orders").map(({ position }) => position);
  for (const last of [1, 1000, 1001, 2500, 3000, 100_000]) expect(await positions(last)).toEqual(all.slice(-last));
});

test("reads, requests, publishes and deletes as the store and the bus in the other process do", async () => {
  const one = await served();
  await using _server = one.server;
  await using operator = await connected(one);
  const { store } = one;
  await putRun(store, rowOf("aarun1"), [admitted("aarun1", "ä ‮ \n"), { type: "run.started", run: "aarun1", seq: 1, at: 1001, data: { now: 1001 } }]);
  await putRun(store, rowOf("abrun2", { status: "failed", finishedAt: 2000, error: { code: "x", message: "y" } }), [admitted("abrun2")]);
  await store.putDeadLetters([{ id: "l1", flow: "orders", at: 1, letter: { raw: "{" } }]);

  expect(operator.server).toEqual({ pid: process.pid, flows: ["orders"] });
  expect(await operator.store.run("aarun1")).toEqual(rowOf("aarun1"));
  expect(await operator.store.run("nobody")).toBeNull();
  expect((await operator.store.runs({ state: "failed", limit: 10 })).map(({ run }) => run)).toEqual(["abrun2"]);
  expect((await operator.store.runs({ flow: "other", limit: 10 }))).toEqual([]);
  expect((await operator.store.runsLike("a")).map(({ run }) => run).toSorted()).toEqual(["aarun1", "abrun2"]);
  expect(await allOf(operator.store.read("aarun1", 0))).toEqual(await allOf(store.read("aarun1", 0)));
  expect((await allOf(operator.store.read("aarun1", 1))).map(({ seq }) => seq)).toEqual([1]);
  expect(await allOf(operator.store.read("nobody", 0))).toEqual([]);
  expect(await operator.store.plan("h")).toBeNull();
  expect(await operator.store.counts()).toMatchObject({ running: 1, ended: 1, deadLetters: 1 });
  expect(await operator.store.deadLetters({ limit: 5 })).toEqual([{ id: "l1", flow: "orders", at: 1, letter: { raw: "{" } }]);

  // More than an answer holds: they come in several.
  const letters = Array.from({ length: 2500 }, (_, index) => ({ id: `m${index}`, flow: "many", at: index, letter: { raw: "{" } }));
  await store.putDeadLetters(letters);
  expect(await operator.store.deadLetters({ flow: "many", limit: 2300 })).toEqual(letters.toReversed().slice(0, 2300));
  expect(await operator.store.deadLetters({ id: "m7", limit: 1 })).toEqual([letters[799]]);
  await operator.deleteDeadLetters(letters.slice(0, 1000).map(({ id }) => id));

  await operator.putBody({ key: "orders o1", body: "{}", until: 9 });
  expect(await operator.store.body("orders o1")).toBe("{}");
  await operator.deleteDeadLetters(["l1"]);
  expect(await store.deadLetters({ flow: "orders", limit: 5 })).toEqual([]);
  expect(await operator.request("aarun1", { kind: "answer", path: "ok", payload: { approved: true } }, "ada")).toEqual({ is: "accepted" });
  await operator.request("aarun1", { kind: "resolve", path: "pay", action: "resolve", output: null }, "ada");
  expect(one.requests).toEqual([
    { run: "aarun1", request: { kind: "answer", path: "ok", payload: { approved: true } }, by: "ada" },
    { run: "aarun1", request: { kind: "resolve", path: "pay", action: "resolve", output: null }, by: "ada" },
  ]);
  const messages = Array.from({ length: 1201 }, (_, index) => ({ topic: "orders", key: index === 0 ? null : "k", id: `m${index}`, headers: { "flowctl-id": `m${index}` }, body: `{"n":${index}}` }));
  await operator.publish(messages);
  expect(one.published).toEqual(messages);
  expect((await operator.topics.messages("orders", { last: 3 })).length).toBe(1201);
  expect(await operator.topics.topics()).toEqual([{ topic: "orders", partitions: 1, messages: 1201, groups: [] }]);
});

test("what fails in the other process is an error here: a refused message, one sentence of the store", async () => {
  const one = await served({
    fork: () => Promise.reject(new Error("not asked")), publish: () => Promise.reject(new PublishRefused([{ id: "m1", reason: "the message is larger than 8 MB" }], new Set(["t"]))),
    deleteDeadLetters: () => Promise.reject(new Error("the disk is full")),
  });
  await using _server = one.server;
  await using operator = await connected(one);
  await expect(operator.publish([{ topic: "t", key: null, id: "m1", headers: {}, body: "1" }])).rejects.toEqual(new PublishRefused([{ id: "m1", reason: "the message is larger than 8 MB" }], new Set(["t"])));
  await expect(operator.deleteDeadLetters(["x"])).rejects.toMatchObject({ name: "InfraError", message: "the disk is full" });
});

test("only this user can open the socket", async () => {
  const one = await served();
  await using _server = one.server;
  expect(statSync(one.server.socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(one.server.socketPath)).mode & 0o077).toBe(0);
  expect(Buffer.byteLength(one.server.socketPath)).toBeLessThanOrEqual(103);
});

test("a path of any length has a socket; links to one database share it", () => {
  const folder = folderWith();
  const deep = join(folder, ..."abcdefghij".split("").map((letter) => letter.repeat(30)));
  expect(Buffer.byteLength(controlSocketPath(join(deep, "flowctl.db")))).toBeLessThanOrEqual(103);
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "flowctl.db"), "");
  expect(controlSocketPath(realDatabase(join(deep, "..", "j".repeat(30), "flowctl.db")))).toBe(controlSocketPath(realDatabase(join(deep, "flowctl.db"))));
});

test("nobody serves: no socket, or one of a process that died", async () => {
  const database = join(folderWith(), "flowctl.db");
  const path = controlSocketPath(realDatabase(database));
  expect(await connectControl(path, database)).toBeNull();
});

test("the socket of a dead process is replaced; that of a living one is not", async () => {
  const first = await served();
  const { socketPath } = first.server;
  await expect(servedAt(first.database)).rejects.toThrow("another process serves this database already");
  await first.server[Symbol.asyncDispose]();
  // A process that was killed leaves its file behind: a socket bound and then not closed in order.
  spawnSync(process.execPath, ["-e", `require("node:net").createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, "SIGKILL"))`]);
  expect(readdirSync(dirname(socketPath))).toContain(socketPath.split("/").at(-1));
  expect(await connectControl(socketPath, first.database)).toBeNull();
  await using second = await servedAt(first.database);
  expect(second.socketPath).toBe(socketPath);
  await using operator = await connectControl(socketPath, first.database);
  expect(operator?.server?.pid).toBe(process.pid);
});

const servedAt = (database: string) => {
  const none = () => Promise.reject(new Error("not asked here"));
  return serveControl({ database, flows: () => [], feed: createFeed(), parts: { store: createMemoryStore(), topics: { topics: none, messages: none }, fork: none, request: none, publish: none, putBody: none, deleteDeadLetters: none, prune: none, purge: none } });
};

test.each([
  ["an unknown path", "POST", "/v2/runs", "{}", 404],
  ["an unknown call", "POST", "/v1/constructor", "{}", 404],
  ["another method", "GET", "/v1/runs", "", 405],
  ["no JSON", "POST", "/v1/runs", "{", 400],
  ["no object", "POST", "/v1/runs", "[1]", 400],
  ["too deep", "POST", "/v1/request", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`, 400],
  ["a missing field", "POST", "/v1/run", "{}", 400],
  ["a wrong type", "POST", "/v1/runs", '{"limit":"many"}', 400],
  ["no such state", "POST", "/v1/runs", '{"limit":1,"state":"asleep"}', 400],
  ["no such request", "POST", "/v1/request", '{"run":"r","by":"me","request":{"kind":"purge"}}', 400],
  ["a request without its answer", "POST", "/v1/request", '{"run":"r","by":"me","request":{"kind":"answer","path":"p"}}', 400],
  ["headers that are no text", "POST", "/v1/publish", '{"messages":[{"topic":"t","key":null,"id":"1","headers":{"a":1},"body":""}]}', 400],
  ["too many messages", "POST", "/v1/publish", `{"messages":[${Array.from({ length: 501 }, () => "0").join()}]}`, 413],
])("hostile input: %s is an answer of one sentence, and the server goes on", async (_what, method, path, body, status) => {
  const one = await served();
  await using _server = one.server;
  const answer = await raw(one.server.socketPath, method, path, body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({ error: { code: "bad_request", message: expect.stringMatching(/^[^\n]+$/) } });
  await using operator = await connected(one);
  expect(await operator.store.counts()).toMatchObject({ running: 0 });
  expect(one.published).toEqual([]);
  expect(one.requests).toEqual([]);
});

test("a body above the limit is refused before it is held", async () => {
  const one = await served();
  await using _server = one.server;
  const status = await new Promise<number | string | undefined>((resolve) => {
    const sent = request({ socketPath: one.server.socketPath, method: "POST", path: "/v1/publish", agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    let left = MOST_BODY / chunk.length + 8;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!sent.write(chunk)) return void sent.once("drain", more);
      }
      sent.end();
    };
    more();
  });
  expect([413, "EPIPE", "ECONNRESET"]).toContain(status);
  await using operator = await connected(one);
  expect(await operator.store.run("x")).toBeNull();
});

test("bytes that are no HTTP, and clients that leave in the middle, do not disturb others", async () => {
  const one = await served();
  await using _server = one.server;
  const noise = async (bytes: string, leave: boolean): Promise<void> => {
    const socket = connect(one.server.socketPath);
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.on("connect", resolve));
    socket.write(bytes);
    if (leave) return void socket.destroy();
    await new Promise((resolve) => socket.on("close", resolve));
  };
  await noise("\0\u0001\u0002 not http\r\n\r\n", false);
  await noise(`POST /v1/runs HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, false);
  await noise("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", false);
  await noise("POST /v1/publish HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{", true);
  await noise("POST /v1/watch HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}", true);
  await using operator = await connected(one);
  expect(await operator.store.counts()).toMatchObject({ running: 0 });
});

test("a socket on which something else answers is no server: one sentence", async () => {
  const database = join(folderWith(), "flowctl.db");
  const path = join(folderWith(), "other.sock");
  const other = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume().end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  });
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(connectControl(path, database)).rejects.toMatchObject({ name: "InfraError", code: "FC6020" });
  await new Promise((resolve) => other.close(resolve));
  const one = await served();
  await using _server = one.server;
  await expect(connectControl(one.server.socketPath, database)).rejects.toThrow("serves another database");
});

test("a process that is there and does not answer: one sentence, in time", async () => {
  const path = join(folderWith(), "silent.sock");
  const silent = createServer((socket) => void socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  await expect(connectControl(path, join(folderWith(), "flowctl.db"))).rejects.toThrow("the process that serves has not answered for 5 seconds");
  await new Promise((resolve) => silent.close(resolve));
});

test("a server that goes in the middle of a journal: an error, not half a journal", async () => {
  const held = Promise.withResolvers<void>();
  const one = await served({
    store: {
      ...createMemoryStore(),
      async *read(run) {
        // More than what is gathered for one write, so that the first part has left.
        for (let seq = 0; seq < 3000; seq++) yield { type: "run.started", run, seq, at: 0, data: { now: seq } };
        await held.promise;
      },
    },
  });
  await using operator = await connected(one);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of operator.store.read("r", 0)) {
      seen.push(seq);
      if (seen.length === 500) await one.server[Symbol.asyncDispose]();
    }
  })();
  await expect(reading).rejects.toMatchObject({ name: "InfraError", message: "the process that serves went away" });
  expect(seen).toEqual(seen.map((_, index) => index));
  held.resolve();
});

test("a journal that cannot be read to its end says why", async () => {
  const one = await served({
    store: {
      ...createMemoryStore(),
      async *read(run) {
        yield { type: "run.started", run, seq: 0, at: 0, data: { now: 0 } };
        throw new Error("the disk is broken");
      },
    },
  });
  await using _server = one.server;
  await using operator = await connected(one);
  await expect(allOf(operator.store.read("r", 0))).rejects.toThrow("the stream was cut: the disk is broken");
});
