import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import type { ToolFake } from "../../support/runtime.js";
import { ask, machine, type Machine } from "./restart.js";

const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N, dlq: letters }, letters: {} }
tools:
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key, errors: { nope: {} } }
  r: { module: ./tools.ts#r, input: N, output: N, effect: read, errors: { nope: {} } }
on: { topic: in }
${more}
steps:
${steps}
`;

/** Tools that refuse the number 13 while the world is broken. */
function brittle(): { readonly calls: string[]; readonly keys: Map<string, string[]>; mend(): void; readonly tools: Readonly<Record<string, ToolFake>> } {
  let broken = true;
  const calls: string[] = [];
  const keys = new Map<string, string[]>();
  const tool: ToolFake = (input, { key }) => {
    const n = String(typeof input === "object" && input !== null && "n" in input ? input.n : "");
    calls.push(n);
    keys.set(n, [...(keys.get(n) ?? []), key]);
    if (broken && n === "13") throw new StepError("nope", "unlucky");
    return input;
  };
  return { calls, keys, mend: () => void (broken = false), tools: { k: tool, r: tool } };
}

async function failedRun(m: Machine, text: string, tools: Readonly<Record<string, ToolFake>>) {
  const p = await m.boot(text, tools);
  await p.send("in", [{ n: 1 }]);
  await p.settle();
  const { run, status } = await m.only();
  expect(status).toBe("failed");
  return { p, run };
}

describe("runs retry of a failed run (I6)", () => {
  test("a run that has answered its request answers once more under an id of its own: under one id there is one body", async () => {
    const m = machine();
    const { mend, tools } = brittle();
    const { p, run } = await failedRun(m, flow('  - { id: a, tool: k, with: { n: 13 } }\nvalue: "${steps.a.n}"').replace("letters: {}", "letters: {}, answers: {}").replace("on: { topic: in }", "on: { topic: in, reply: answers }"), tools);
    mend();
    expect(await ask(p, run, { kind: "reopen" })).toEqual({ is: "accepted" });
    await p.settle();
    const answers = await p.readDeliveries("answers");
    expect(answers.map(({ headers, body }) => [headers["flowctl-id"], headers["flowctl-error"], JSON.parse(String(body))])).toEqual([
      [`${run}/reply`, "nope", { message: expect.any(String) }],
      [`${run}/reply^1`, undefined, 13],
    ]);
    expect(new Set(answers.map(({ headers }) => headers["flowctl-correlation-id"])).size).toBe(1);
  });

  test("a run that fails again is a dead letter under an id of its own; in the store it takes the place of the one before", async () => {
    for (const dlq of ["dlq: letters", ""]) {
      const m = machine();
      const fails = ["nope", "unlucky"];
      const tools = { k: () => Promise.reject(new StepError("nope", fails.shift() ?? "again")) };
      const { p, run } = await failedRun(m, flow("  - { id: a, tool: k, with: { n: 13 } }").replace(", dlq: letters", dlq === "" ? "" : `, ${dlq}`), tools);
      const letters = async () => (dlq === "" ? (await m.store.deadLetters({ limit: 9 })).map(({ id, letter }) => [id, letter["error"]]) : (await p.readDeliveries("letters")).map(({ headers, body }) => [headers["flowctl-id"], JSON.parse(String(body)).error]));
      const first = [`${run}/dlq`, expect.objectContaining({ message: "nope" })];
      expect(await letters()).toEqual([first]);
      expect(await ask(p, run, { kind: "reopen" })).toEqual({ is: "accepted" });
      await p.settle();
      const second = [`${run}/dlq^1`, expect.objectContaining({ message: "unlucky" })];
      expect(await letters()).toEqual(dlq === "" ? [second] : [first, second]);
    }
  });

  test("the failed step runs again under a new path and key; what is recorded stays", async () => {
    const m = machine();
    const { calls, keys, mend, tools } = brittle();
    const { p, run } = await failedRun(m, flow('  - { id: a, tool: k, with: { n: 1 } }\n  - { id: b, tool: k, with: { n: 13 } }\n  - { id: c, tool: k, with: { n: 3 } }\nvalue: "${steps.b.n}"'), tools);
    expect(await p.read("letters")).toHaveLength(1);
    mend();
    expect(await ask(p, run, { kind: "reopen" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed", error: null });
    expect(calls).toEqual(["1", "13", "13", "3"]);
    expect(keys.get("13")).toEqual([idempotencyKey(run, "b"), idempotencyKey(run, "b^1")]);
    expect(await p.read("letters")).toHaveLength(1);
    expect(await ask(p, run, { kind: "reopen" })).toMatchObject({ is: "refused", why: "ended" });
  });

  test("a step that ended under a lock does not queue for it again", async () => {
    const m = machine();
    const { mend, tools } = brittle();
    const { p, run } = await failedRun(m, flow("  - { id: a, tool: k, with: { n: 1 }, lock: \"'one'\" }\n  - { id: b, tool: k, with: { n: 13 } }"), tools);
    mend();
    await ask(p, run, { kind: "reopen" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    const events = await m.events(run);
    expect(events.slice(events.findIndex(({ type }) => type === "run.reopened")).filter(({ path }) => path?.startsWith("a") === true)).toEqual([]);
    expect(await m.store.lockHead("one")).toBeNull();
  });

  test("again and again, over restarts", async () => {
    const m = machine();
    const { calls, keys, mend, tools } = brittle();
    const text = flow('  - { id: a, tool: k, with: { n: 1 } }\n  - { id: b, tool: k, with: { n: 13 } }\nvalue: 1');
    const { p, run } = await failedRun(m, text, tools);
    await ask(p, run, { kind: "reopen" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "failed" });
    const second = await m.boot(text, tools);
    mend();
    expect(await ask(second, run, { kind: "reopen" })).toEqual({ is: "accepted" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["1", "13", "13", "13"]);
    expect(new Set(keys.get("13"))).toEqual(new Set([idempotencyKey(run, "b"), idempotencyKey(run, "b^1"), idempotencyKey(run, "b^2")]));
  });

  test("within map, loop, parallel, switch and call: composites around it do not return their failure", async () => {
    for (const steps of [
      '  - { id: a, map: { over: "[1, 13, 3]", as: x, rest: finish }, do: [ { id: q, tool: k, with: { n: "${x}" } } ] }\n  - { id: z, tool: k, with: { n: 99 } }',
      '  - { id: a, loop: { init: 11, max: 4, until: state > 14 }, do: [ { id: q, tool: k, with: { n: "${state + 1}" } } ], value: "${steps.q.n}" }\n  - { id: z, tool: k, with: { n: 99 } }',
      "  - { id: a, parallel: {}, branches: { one: [ { id: q, tool: r, with: { n: 13 } } ], two: [ { id: s, tool: r, with: { n: 2 } }, { id: t, tool: r, with: { n: 4 } } ] } }\n  - { id: z, tool: k, with: { n: 99 } }",
      "  - { id: a, switch: [ { when: 1 < 2, do: [ { id: p, tool: k, with: { n: 5 } }, { id: q, tool: k, with: { n: 13 } } ] } ] }\n  - { id: z, tool: k, with: { n: 99 } }",
      "  - { id: a, tool: k, with: { n: 13 }, catch: [ { on: [nope], do: [ { id: q, tool: k, with: { n: 13 } } ] } ] }\n  - { id: z, tool: k, with: { n: 99 } }",
    ]) {
      const m = machine();
      const { calls, mend, tools } = brittle();
      const { p, run } = await failedRun(m, flow(`${steps}\nvalue: 1`), tools);
      const before = calls.length;
      mend();
      expect(await ask(p, run, { kind: "reopen" })).toEqual({ is: "accepted" });
      await p.settle();
      expect({ steps, row: await m.store.run(run) }).toMatchObject({ row: { status: "completed" } });
      const again = calls.slice(before);
      expect(again[0]).toBe("13");
      expect(again.at(-1)).toBe("99");
      expect(calls.slice(0, before).filter((one) => one !== "13" && again.includes(one) && one !== "2" && one !== "4")).toEqual([]);
      const terminals = (await m.events(run)).filter(({ type }) => type === "run.finished");
      expect(terminals).toHaveLength(2);
    }
  });

  test("what cannot go on soundly is refused in a sentence", async () => {
    const hidden: ToolFake = () => {
      throw new StepError("timeout", "gone", { outcome: "unknown" });
    };
    const m = machine();
    const { p, run } = await failedRun(m, flow("  - { id: a, tool: k, with: { n: 1 } }\nvalue: 1"), { k: hidden });
    expect(await ask(p, run, { kind: "reopen" })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("unknown") });
    const n = machine();
    const join = await failedRun(n, flow('  - { id: a, map: { over: "[13, 13]", as: x, join: any, rest: finish }, do: [ { id: q, tool: k, with: { n: "${x}" } } ] }\nvalue: 1'), brittle().tools);
    expect(await ask(join.p, join.run, { kind: "reopen" })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("failed as a whole") });
    const w = machine();
    const unusable = await failedRun(w, flow("  - { id: a, tool: k, with: { n: 1 } }\nvalue: 1"), { k: () => ({ wrong: true }) });
    expect(await ask(unusable.p, unusable.run, { kind: "reopen" })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("`a` was applied, and its answer cannot be used") });
    const o = machine();
    const undone = await failedRun(o, flow("  - { id: a, parallel: {}, branches: { one: [ { id: p, tool: k, with: { n: 1 }, compensate: { tool: k, with: { n: 101 } } }, { id: q, tool: r, with: { n: 13 } } ], two: [ { id: s, tool: k, with: { n: 2 }, compensate: { tool: k, with: { n: 102 } } } ] } }\nvalue: 1"), brittle().tools);
    expect((await o.events(undone.run)).filter(({ type }) => type === "compensation.completed")).toHaveLength(1);
    expect(await ask(undone.p, undone.run, { kind: "reopen" })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("what `a/p` did has been undone since") });
  });

  test("an agent goes on at the model call that failed: answers that are recorded are not paid again", async () => {
    const text = flow('  - { id: a, agent: clerk, with: { n: "${input.n}" } }\nvalue: 1', `
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { clerk: { model: m, instructions: "Do \${input.n}.", input: N, tools: [k], limits: { turns: 5 } } }`);
    let down = true;
    const asked: string[] = [];
    const answers: readonly Partial<ModelAnswer>[] = [{ toolCalls: [{ id: "c", name: "k", args: { n: 5 } }], finish: "tools" }, { text: "done" }];
    const model = async () => ({
      complete: async (_request: Json | object, { caller }: { readonly caller: { readonly path: string } }): Promise<ModelAnswer> => {
        asked.push(caller.path);
        const at = Number(caller.path.split("~")[1]) - 1;
        if (at === 1 && down) throw new StepError("unavailable", "overloaded");
        return { text: "", toolCalls: [], usage: { in: 1, out: 1 }, finish: "stop", ...answers[at] };
      },
    });
    const m = machine();
    const { calls, tools } = brittle();
    const p = await m.boot(text, tools, { model });
    await p.send("in", [{ n: 1 }]);
    await p.settle();
    const { run, status } = await m.only();
    expect(status).toBe("failed");
    down = false;
    asked.length = 0;
    expect(await ask(p, run, { kind: "reopen" })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(asked).toEqual(["a~2"]);
    expect(calls).toEqual(["5"]);
  });
});
