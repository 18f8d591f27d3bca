import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/core/json.js";
import type { World } from "../../support/runtime.js";
import { journal, start, typesOf } from "../../support/started.js";

const NUMBER = "{ fields: { n: integer } }";
const TOOLS = `tools:
  r: { module: ./tools.ts#r, input: ${NUMBER}, output: ${NUMBER}, effect: read }
  w: { module: ./tools.ts#w, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, errors: { nope: { type: { fields: { n: integer } } } } }
`;

const DETACHED = `flowctl: v1
flow: order
topics: { in: { message: ${NUMBER}, key: string(msg.n) } }
on: in
steps:
  - { id: audit, call: log, with: { n: "\${input.n + 1}" }, detach: true }
value: "\${steps.audit.run}"
---
flowctl: v1
flow: { id: log, version: 1.2.3 }
topics: { logged: { message: ${NUMBER} } }
${TOOLS}input: ${NUMBER}
steps:
  - { id: wrote, tool: w }
  - { emit: logged, with: "\${steps.wrote}" }
`;

describe("a detached call", () => {
  it("is a run of its own, which names its parent and is named by it", async () => {
    const made = await start(DETACHED, { w: (input) => input });
    await made.send("in", [{ n: 1 }], { key: () => "k" });
    await made.settle();
    const rows = await made.store.runs({ limit: 10 });
    const [parent, child] = [rows.find(({ flow }) => flow === "order"), rows.find(({ flow }) => flow === "log")];
    expect([parent?.status, child?.status]).toEqual(["completed", "completed"]);
    expect(typesOf(await journal(made, parent?.run ?? ""))).toEqual(["run.admitted", "run.started", "step.dispatched audit", "step.completed audit", "run.finished"]);
    expect((await journal(made, parent?.run ?? "")).at(-1)?.data).toMatchObject({ output: child?.run });
    expect((await journal(made, child?.run ?? ""))[0]?.data).toMatchObject({ input: { n: 2 }, parent: { run: parent?.run, path: "audit", depth: 0 } });
    expect(await made.read("logged")).toEqual([{ n: 2 }]);
    expect((await made.readDeliveries("logged"))[0]?.key).toBe("1");
  });

  it("goes on at once, and a cancellation does not concern the child", async () => {
    const made = await start(DETACHED.replace("value:", "  - { wait: 1h }\nvalue:"), { w: (input) => input });
    await made.send("in", [{ n: 1 }]);
    await made.clock.advance(1000);
    const rows = await made.store.runs({ limit: 10 });
    expect(rows.map(({ flow, status }) => [flow, status])).toEqual(expect.arrayContaining([["log", "completed"], ["order", null]]));
    const run = rows.find(({ flow }) => flow === "order")?.run ?? "";
    expect(await made.runtime.request({ id: "c", run, at: 0, by: "ann", request: { kind: "cancel" } })).toEqual({ is: "accepted" });
    await made.settle();
    expect((await made.store.runs({ limit: 10 })).map(({ flow, status }) => [flow, status])).toEqual(expect.arrayContaining([["log", "completed"], ["order", "cancelled"]]));
  });
});

const COUNTDOWN = `flowctl: v1
flow: down
${TOOLS}input: ${NUMBER}
output: ${NUMBER}
limits: { depth: 5 }
steps:
  - { when: input.n == 0, return: { n: 0 } }
  - { id: got, tool: r }
  - { id: less, call: down, with: { n: "\${input.n - 1}" } }
  - { id: wrote, tool: w, with: { n: "\${run.depth}" } }
value: { n: "\${steps.less.n + steps.got.n}" }
`;

const manual = async (made: World, flow: string, input: Json) => {
  const report = made.runtime.manual(flow, input);
  let done = false;
  report.finally(() => (done = true)).catch(() => undefined);
  for (let times = 0; times < 500 && !done; times += 1) await made.clock.advance(50);
  return report;
};

describe("a recursive call", () => {
  it("waits for the run that it starts, and gives its value", async () => {
    const depths: Json[] = [];
    const made = await start(COUNTDOWN, { r: (input) => input, w: (input) => (depths.push(input), input) });
    expect(await manual(made, "down", { n: 4 })).toMatchObject({ status: "completed", output: { n: 10 } });
    expect(depths).toEqual([3, 2, 1, 0].map((n) => ({ n })));
    const rows = await made.store.runs({ limit: 10 });
    expect(rows.map(({ flow, status }) => `${flow} ${status}`)).toEqual(Array.from({ length: 5 }, () => "down completed"));
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(2);
    expect(made.runtime.stats().parked).toBe(0);
    // What they had to do with each other is done, and no row of it is left for the next process.
    expect(await made.store.counts()).toMatchObject({ running: 0, unsent: 0 });
  });

  it("raises `limit` beyond its depth", async () => {
    const made = await start(COUNTDOWN, { r: (input) => input, w: (input) => input });
    expect(await manual(made, "down", { n: 9 })).toMatchObject({ status: "failed", error: { code: "limit", step: "less", message: "`down` may go 5 runs deep" } });
    const rows = await made.store.runs({ limit: 20 });
    expect(rows.length).toBe(6);
    // Its call has failed with the run that it waited for: a new one would write again.
    expect(await made.runtime.request({ id: "r", run: rows.at(-1)?.run ?? "", at: 0, by: "ann", request: { kind: "reopen" } })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringMatching(/^run (\w+) cannot go on: the run \w+ that `less` waited for has failed; start it again from its message with `flowctl runs retry \1 --new`$/) });
  });

  it("raises what the run raises, with its data", async () => {
    const text = COUNTDOWN.replace('n: "${input.n - 1}" } }', 'n: "${input.n - 1}" }, catch: [ { on: [nope], value: { n: "${error.data.n}" } } ] }').replace('{ when: input.n == 0, return: { n: 0 } }', '{ when: input.n == 0, fail: { code: nope, message: "no", data: { n: 7 } } }');
    const made = await start(text, { r: (input) => input, w: (input) => input });
    expect(await manual(made, "down", { n: 1 })).toMatchObject({ status: "completed", output: { n: 8 } });
  });

  it("is cancelled with the run that waits for it", async () => {
    const made = await start(COUNTDOWN, { r: (input) => input, w: (input) => input, });
    const slow = await start(COUNTDOWN.replace("  - { id: got", "  - { when: input.n == 1, wait: 1h }\n  - { id: got"), { r: (input) => input, w: (input) => input });
    void made;
    const report = slow.runtime.manual("down", { n: 3 });
    await slow.clock.advance(2000);
    const root = (await slow.store.runs({ limit: 10 })).at(-1)?.run ?? "";
    await slow.runtime.request({ id: "c", run: root, at: 0, by: "ann", request: { kind: "cancel" } });
    await slow.settle();
    expect(await report).toMatchObject({ status: "cancelled" });
    expect((await slow.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  it("is cancelled when the call takes too long, which then raises `timeout`", async () => {
    const text = COUNTDOWN.replace("  - { id: got", "  - { when: input.n == 1, wait: 1h }\n  - { id: got").replace("n: \"${input.n - 1}\" } }", "n: \"${input.n - 1}\" }, timeout: 10s, catch: [ { on: [timeout], value: { n: 100 } } ] }");
    const made = await start(text, { r: (input) => input, w: (input) => input });
    expect(await manual(made, "down", { n: 2 })).toMatchObject({ status: "completed", output: { n: 102 } });
    expect((await made.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["cancelled", "completed"]);
  });

  it("that a person cancels raises `denied`", async () => {
    const made = await start(COUNTDOWN.replace("  - { id: got", "  - { when: input.n == 1, wait: 1h }\n  - { id: got"), { r: (input) => input, w: (input) => input });
    const report = made.runtime.manual("down", { n: 2 });
    await made.clock.advance(2000);
    const child = (await made.store.runs({ limit: 10 }))[0]?.run ?? "";
    await made.runtime.request({ id: "c", run: child, at: 0, by: "ann", request: { kind: "cancel" } });
    await made.settle();
    expect(await report).toMatchObject({ status: "failed", error: { code: "denied", step: "less" } });
  });

  it("parks with its parents when somebody is asked, and they go on with the answer", async () => {
    const text = COUNTDOWN.replace("  - { id: got", `  - { id: ok, when: input.n == 1, ask: { question: "go?", output: ${NUMBER} } }\n  - { id: got`);
    const made = await start(text, { r: (input) => input, w: (input) => input });
    const report = await manual(made, "down", { n: 3 });
    expect(report).toMatchObject({ status: "parked", waits: [{ kind: "child", path: "less" }] });
    expect(made.runtime.stats().parked).toBe(3);
    await made.settle();
    const [asking] = (await made.store.runs({ limit: 10 })).filter(({ waits }) => waits.some(({ kind }) => kind === "ask"));
    await made.runtime.request({ id: "a", run: asking?.run ?? "", at: 0, by: "ann", request: { kind: "answer", path: "ok", payload: { n: 1 } } });
    await made.settle();
    expect((await made.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => "completed"));
    expect(made.runtime.stats().parked).toBe(0);
  });
});
