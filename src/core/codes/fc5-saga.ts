import type { CodeTable } from "./entry.js";

const tool = (name: string, more = "", input = "{ fields: { id: string } }"): string =>
  `  ${name}: { http: { method: POST, url: "https://api.example/${name}" }, input: ${input}, output: { fields: { id: string } }${more} }\n`;
const TOOLS = `tools:\n${tool("pay", ", idempotency: header")}${tool("refund", ", idempotency: header")}${tool("ship", ", idempotency: header")}`;
const HEAD = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { id: string } }
`;
const READS = `${HEAD.replace("on: { manual: {} }", "topics: { in: {} }\non: in")}tools:\n${tool("pay", ", idempotency: header")}${tool("refund", ", idempotency: header")}`;
const saga = (...lines: readonly string[]): string => `steps:\n  - saga: {}\n    do:\n${lines.map((line) => `      ${line}\n`).join("")}`;
const PAY = '- { id: paid, tool: pay, compensate: { tool: refund, with: { id: "${output.id}" } } }';
const flow = (...lines: readonly string[]): string => HEAD + TOOLS + saga(...lines);

/** Sagas: what is undone, how, and from where on there is no way back. */
export const FC5_SAGA: CodeTable = {
  FC5060: {
    severity: "error",
    title: "A write in a saga that nothing undoes",
    explain:
      "When a step of a saga fails, what was written before is undone, the last first. So each write before the pivot says how: `compensate` on the step, or on the tool for all its calls; an agent's write tools need it there, for each call of the model counts. The step from which on there is no way back is the `pivot`: it needs no `compensate`, and what stands behind it is tried until it succeeds.",
    bad: flow("- { id: paid, tool: pay }", "- { tool: ship, pivot: true }"),
    good: flow(PAY, "- { tool: ship, pivot: true }"),
  },
  FC5061: {
    severity: "error",
    title: "A step that an undo cannot have",
    explain: "A `compensate` is a short list of `set`, `tool`, `emit`, `get`, `put`, `call`, `ask`, `wait` and `switch`. It uses the values that were recorded, never a new answer of a model, and nothing in it is left half done. What needs more fits into a flow that it calls.",
    bad: flow('- { id: paid, tool: pay, compensate: { fail: { code: no, message: "not undone" } } }', "- { tool: ship, pivot: true }"),
    good: flow(PAY, "- { tool: ship, pivot: true }"),
  },
  FC5062: {
    severity: "error",
    title: "A pivot that may not be reached, or more than once",
    explain:
      "From the pivot on a saga is not undone any more. So that each of its steps is known to stand before or behind it, a saga has one, in its own list, and reaches it always: not in a `map`, `loop`, `parallel` or `switch`, with no `when` and no `catch`. A pivot of a saga inside is one of the saga around it, so that saga stands in the list too. A pivot writes or emits.",
    bad: flow(PAY, '- { tool: ship, pivot: true, when: "input.id != \'\'" }'),
    good: flow(PAY, "- { tool: ship, pivot: true }"),
  },
  FC5063: {
    severity: "error",
    title: "A step behind a pivot that may fail for good",
    explain:
      "Behind a pivot there is only forward: a step is tried, with growing delays, until it succeeds, and in the end a person is asked. So what stands there can be tried again: reads, and writes of idempotent tools, in branches that nothing cancels. A `fail`, a saga that may be undone and an agent that may not answer belong before the pivot, or need a `catch`.",
    bad: `${HEAD}${TOOLS}${tool("mail")}${saga(PAY, "- { tool: ship, pivot: true }", "- { tool: mail }")}`,
    good: `${HEAD}${TOOLS}${tool("mail", ", idempotency: header")}${saga(PAY, "- { tool: ship, pivot: true }", "- { tool: mail }")}`,
  },
  FC5064: {
    severity: "error",
    title: "A `compensate` that never runs",
    explain: "What only reads has changed nothing, a pivot is not undone, and neither is what stands behind it. A `compensate` there never runs, and whoever reads the flow takes it for something that does.",
    bad: flow(PAY, '- { tool: ship, pivot: true, compensate: { tool: refund, with: { id: "${output.id}" } } }'),
    good: flow(PAY, "- { tool: ship, pivot: true }"),
  },
  FC5065: {
    severity: "warning",
    title: "A `compensate` outside a saga",
    explain: "A step is undone when its saga fails, or when its branch is cancelled. This one stands in neither: when a later step fails, what it wrote stays. Put the steps that belong together into a `saga`. Flows that are only called are not looked at, for their caller may have the saga.",
    bad: `${READS}steps:\n  ${PAY}\n`,
    good: `${READS}${saga(PAY)}`,
  },
};
