import type { FlowPlan } from "../../../src/core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../../../src/core/plan/step.js";
import type { Data } from "../../../src/core/expression.js";

/** A draft by hand: what the types phase gives, with nothing in it but the steps. */
export const draft = (steps: readonly StepPlan[], more: Partial<BlockPlan> = {}): Omit<FlowPlan, "hash" | "class" | "graph"> => ({
  version: 1,
  id: "sample",
  release: "1.0.0",
  input: "any",
  triggers: [{ kind: "manual", message: "any", with: literal(null), concurrency: 64 }],
  body: { steps, ...more },
  topics: {},
  models: {},
  agents: {},
  tools: {
    compute: { kind: "expr", value: literal(1), input: "any", effect: "read", idempotency: { kind: "none" }, errors: {} },
    fetch: { kind: "module", file: "fetch.js", export: "default", input: "any", effect: "read", idempotency: { kind: "none" }, errors: {} },
  },
  policies: {},
  schemas: { any: true },
  code: {},
  binding: { models: {}, tools: {}, modules: {}, secrets: [] },
});

export const literal = (value: string | number | boolean | null): Data => ({ data: "literal", value });
const yes = { text: "true", ast: { op: "lit", value: true, at: [0, 4] } } as const;

export const set = (id: string, more: { readonly when?: true; readonly caught?: BlockPlan } = {}): StepPlan => ({
  id,
  kind: "set",
  value: literal(1),
  pure: true,
  ...(more.when === undefined ? {} : { when: yes }),
  ...(more.caught === undefined ? {} : { catch: [{ on: "any" as const, block: more.caught }] }),
});
export const tool = (id: string, name = "fetch"): StepPlan => ({ id, kind: "tool", tool: name, with: literal(1), pure: name === "compute" });
export const agent = (id: string): StepPlan => ({ id, kind: "agent", agent: "writer", with: literal(1), pure: false });
export const emit = (id: string): StepPlan => ({ id, kind: "emit", topic: "out", with: literal(1), pure: true });
export const choice = (id: string, cases: readonly (readonly StepPlan[])[], more: { readonly otherwise?: true; readonly timeout?: number } = {}): StepPlan => ({
  id,
  kind: "switch",
  cases: cases.map((steps, index) => ({ ...(more.otherwise === true && index === cases.length - 1 ? {} : { when: yes }), block: { steps } })),
  pure: cases.flat().every(({ pure }) => pure),
  ...(more.timeout === undefined ? {} : { timeout: more.timeout }),
});
export const map = (id: string, steps: readonly StepPlan[], join: "all" | "settled" | "any" = "all"): StepPlan => ({
  id,
  kind: "map",
  over: yes,
  as: "item",
  join,
  rest: "cancel",
  block: { steps },
  pure: join !== "any" && steps.every(({ pure }) => pure),
});
