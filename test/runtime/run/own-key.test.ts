import { expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { ended, flow, ofType, run, start, type ToolFake } from "./run-world.js";

const N = "{ fields: { n: number } }";
const TOOLS = `tools: { pay: { module: ./tools.ts#pay, input: ${N}, output: ${N}, effect: write, idempotency: key } }`;

/** Knows its keys: what comes again is answered with what was done first. */
function provider(): { readonly pay: ToolFake; readonly done: Json[] } {
  const answers = new Map<string, Json>();
  const done: Json[] = [];
  return {
    done,
    pay({ key, input }) {
      const known = answers.get(key);
      if (known !== undefined) return known;
      if (JSON.stringify(input) === '{"n":-1}') throw new StepError("refused", "no");
      answers.set(key, input);
      done.push(input);
      return input;
    },
  };
}

const pay = (id: string, n: number, more = ""): string => `- { id: ${id}, tool: pay, key: "order-\${input.n}", with: { n: ${n} }${more} }`;

test("I10: two steps with one key of their own are one effect", async () => {
  const { pay: tool, done } = provider();
  const { state } = await run(flow(`${pay("a", 5)}\n${pay("b", 5)}`, `${TOOLS}\nvalue: "\${steps.b.n}"`), { tools: { pay: tool } });
  expect(state).toMatchObject({ status: "completed", output: 5 });
  expect(done).toEqual([{ n: 5 }]);
});

test("I10: another input under a key that is in use is the error `conflict`, and the tool is not asked", async () => {
  const { pay: tool, done } = provider();
  const text = flow(`${pay("a", 5)}\n${pay("b", 6, ', catch: [ { on: [conflict], value: { n: 0 } } ]')}\n- { id: asked, ask: { question: "?", output: number } }\n${pay("c", 7)}`, TOOLS);
  const first = start(text, { tools: { pay: tool } });
  await first.clock.advance(1);
  expect(first.effects).toEqual(["pay a#1"]);
  expect(ofType(first.events, "step.failed")).toMatchObject([{ path: "b", data: { error: { code: "conflict" }, outcome: "not_applied" } }]);
  first.drop();
  // Also where an earlier process has used it.
  const again = start(text, { tools: { pay: tool }, past: first.events, clock: first.clock });
  await again.clock.advance(1);
  again.wake("signal.received", "asked", { id: "1", name: "answered", from: "me", payload: 1 });
  expect(await ended(again)).toMatchObject({ status: "failed", error: { code: "conflict", step: "c" } });
  expect(done).toEqual([{ n: 5 }]);
});

test("I10: a key under which nothing was applied is free", async () => {
  const { pay: tool, done } = provider();
  const text = flow(`${pay("a", -1, ", catch: [ { on: [refused], value: { n: 0 } } ]")}\n- { id: asked, ask: { question: "?", output: number } }\n${pay("b", 6)}`, TOOLS);
  const first = start(text, { tools: { pay: tool } });
  await first.clock.advance(1);
  first.drop();
  const again = start(text, { tools: { pay: tool }, past: first.events, clock: first.clock });
  await again.clock.advance(1);
  again.wake("signal.received", "asked", { id: "1", name: "answered", from: "me", payload: 1 });
  expect(await ended(again)).toMatchObject({ status: "completed" });
  expect(done).toEqual([{ n: 6 }]);
});
