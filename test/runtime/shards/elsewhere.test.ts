import { expect, test } from "vitest";
import { addCaller } from "../../../src/runtime/live/report.js";
import { follow } from "../../../src/runtime/shards/elsewhere.js";
import type { RunReport, World as Parts } from "../../../src/runtime/world.js";
import { world } from "../../support/runtime.js";

const head = (id: string, more = ""): string => `flowctl: v1
flow: ${id}
topics: { in: { message: { fields: { id: string } } }, pay: { message: { fields: { id: string } }, key: msg.id } }
input: { fields: { id: string } }
${more}steps:
`;
const WAIT = `${head("f", "on: in\n")}  - { wait: { topic: pay, key: "\${input.id}" } }\n`;
const ASK = `${head("f", "on: in\nlimits: { depth: 3 }\noutput: boolean\nvalue: true\n")}  - { id: c, when: "input.id == 'a'", call: f, with: { id: b } }\n  - { ask: { question: "ok?", output: boolean }, when: "input.id == 'b'" }\n`;

test.each([["a message", WAIT, "message"], ["what a run waits for that it has started", ASK, "child"]])("who waits for a run of another process hears that it waits for %s", async (_, text, kind) => {
  const { runtime, store, clock, send, settle } = world(text);
  await runtime.start();
  await send("in", [{ id: "a" }]);
  await settle();
  const waiting = (await store.runs({ limit: 5 })).find(({ waits }) => waits[0]?.kind === kind);
  const run = waiting?.run ?? "";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- another process, which has no more of the run than the store
  const other = { live: { callers: new Map(), owned: new Map() }, ports: { store, clock }, snapshots: { every: 1000 }, stopped: () => false } as unknown as Parts;
  const told = Promise.withResolvers<RunReport>();
  addCaller(other.live, run, { report: told.resolve, lost: told.reject });
  follow(run, other);
  await clock.advance(1000);
  const silent = new Promise<string>((resolve) => setImmediate(() => resolve("nothing")));
  expect(await Promise.race([told.promise, silent])).toMatchObject({ run, status: "parked" });
  const closing = runtime.close();
  await clock.advance(10_000);
  await closing;
});

test("a run whose shard goes again and again while somebody waits for it is asked for once a second", async () => {
  const { store, clock } = world(ASK);
  let asked = 0;
  const counting = { ...store, run: () => ((asked += 1), Promise.resolve(null)) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- another process, which has no more of the run than the store
  const other = { live: { callers: new Map(), owned: new Map() }, ports: { store: counting, clock }, snapshots: { every: 1000 }, stopped: () => false } as unknown as Parts;
  const leave = addCaller(other.live, "a", { report: () => undefined, lost: () => undefined });
  for (let time = 0; time < 5; time += 1) follow("a", other);
  for (let passed = 0; passed < 10_000; passed += 100) await clock.advance(100);
  expect(asked).toBeLessThan(16);
  leave();
  for (let passed = 0; passed < 2_000; passed += 100) await clock.advance(100);
  asked = 0;
  addCaller(other.live, "a", { report: () => undefined, lost: () => undefined });
  follow("a", other);
  await clock.advance(100);
  expect(asked).toBeGreaterThan(0);
});
