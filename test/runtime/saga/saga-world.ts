import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import { flow, type ToolFake } from "../run/run-world.js";

const N = "{ fields: { n: number } }";

/** `k` and `u` write with a key, `w` without; `u` undoes; `c` says itself that `u` undoes it; `r` reads. */
const TOOLS = `
tools:
  r: { module: ./tools.ts#r, input: ${N}, output: ${N}, effect: read }
  k: { module: ./tools.ts#k, input: ${N}, output: ${N}, effect: write, idempotency: key, errors: { nope: {} } }
  u: { module: ./tools.ts#u, input: ${N}, output: ${N}, effect: write, idempotency: key, errors: { nope: {} } }
  c: { module: ./tools.ts#c, input: ${N}, output: ${N}, effect: write, idempotency: key, errors: { nope: {} }, compensate: { tool: u, with: { n: "\${output.n}" } } }
  w: { module: ./tools.ts#w, input: ${N}, output: ${N}, effect: write }
policies: { p: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none } } }
`;

export const sagaFlow = (steps: string, more = ""): string => flow(steps.trim(), `${TOOLS}${more}`);

/** A write that is undone: `k(n)`, then `u(n + 100)`. */
export const done = (id: string, n: number | string, more = ""): string => `{ id: ${id}, tool: k, with: { n: ${typeof n === "number" ? n : `"${n}"`} }, compensate: { tool: u, with: { n: "\${output.n + 100}" } }${more} }`;

export const BAD = (id = "bad", more = ""): string => `{ id: ${id}, tool: k, with: { n: -1 }${more}, compensate: { tool: u, with: { n: 0 } } }`;

/** Answers its input; fails for what is below zero. */
export const failing: ToolFake = ({ input }) => {
  if (JSON.stringify(input).includes("-1")) throw new StepError("nope", "no");
  return input;
};

export const undoOrder = (events: readonly RunEvent[]): readonly string[] => events.flatMap((event) => (event.type === "compensation.completed" ? [event.data.of] : []));

/** A saga `s` with these steps. */
export const saga = (steps: string, more = ""): string => `- id: s
  saga: {${more}}
  do:
${steps
  .trim()
  .split("\n")
  .map((line) => `    ${line}`)
  .join("\n")}`;
