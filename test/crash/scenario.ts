import type { RunStatus } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import type { Behaviour } from "./outside.js";

/** Flows, the messages that they get, and what the world around them does. */
export interface Scenario {
  readonly name: string;
  readonly text: string;
  readonly behaviour: Behaviour;
  readonly messages: readonly Message[];
  /** What is asked of each process until it is answered. */
  readonly requests?: readonly Request[];
  /** What a person answers to the `ask` of a path. */
  readonly answers?: Readonly<Record<string, Json>>;
  /** What a signal carries that a run waits for, by its name. */
  readonly signals?: Readonly<Record<string, Json>>;
  /** Signals that each run gets as soon as it is there, in order. */
  readonly early?: readonly { readonly name: string; readonly payload: Json }[];
  /** Paths at whose `ask` a person cancels the run. */
  readonly cancels?: readonly string[];
  /** How its runs end; all complete where it does not say. */
  readonly ends?: RunStatus | readonly RunStatus[];
  /** Calls of one path that a crash may bring beside the one in flight: a breaker is its process's own. */
  readonly spare?: number;
  /** Messages that come out, dead letters included; none where it does not say. */
  readonly emits?: number;
}

export interface Message {
  readonly topic: string;
  readonly body: Json;
  readonly key?: string;
  /** The id that its sender gave it: two with one id are one. */
  readonly id?: string;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Json;
  readonly key: string;
}

export const NUMBER = "{ fields: { n: number } }";

/**
 * `r`, `slow`, `away`, `gone`, `bad` read; the others write: `k` by key, `h` by a header, `w1h` by a header for an hour, `f` by a
 * field, `native` by itself, `none` by nothing, `u` and `c` by key, `c` undone by `u`, `told` by nothing but says afterwards what happened.
 */
const TOOLS = `
tools:
  r: { module: ./tools.ts#r, input: ${NUMBER}, output: ${NUMBER}, effect: read }
  slow: { module: ./tools.ts#slow, input: ${NUMBER}, output: ${NUMBER}, effect: read }
  away: { module: ./tools.ts#away, input: ${NUMBER}, output: ${NUMBER}, effect: read }
  bad: { module: ./tools.ts#bad, input: ${NUMBER}, output: ${NUMBER}, effect: read, errors: { nope: {} } }
  k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, errors: { nope: {} } }
  u: { module: ./tools.ts#u, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key }
  c: { module: ./tools.ts#c, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, compensate: { tool: u, with: { n: "\${output.n}" } } }
  busy: { module: ./tools.ts#busy, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key }
  h: { http: { method: POST, url: "https://ledger.example/h" }, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: header }
  w1h: { http: { method: POST, url: "https://ledger.example/w" }, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: { header: X-Key, window: 1h } }
  f: { http: { method: POST, url: "https://ledger.example/f" }, input: { fields: { n: number } }, output: ${NUMBER}, effect: write, idempotency: { field: id } }
  at: { module: ./tools.ts#at, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key }
  gone: { module: ./tools.ts#gone, input: ${NUMBER}, output: ${NUMBER}, effect: read }
  late: { module: ./tools.ts#late, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key }
  native: { http: { method: PUT, url: "https://ledger.example/n" }, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: native }
  none: { module: ./tools.ts#none, input: ${NUMBER}, output: ${NUMBER}, effect: write }
  told: { module: ./tools.ts#told, input: ${NUMBER}, output: ${NUMBER}, effect: write, verify: { tool: happened, with: { key: "\${key}", n: "\${input.n}" } } }
  happened: { module: ./tools.ts#happened, input: { fields: { key: string, n: number } }, output: { fields: { happened: boolean, output: { type: object, required: [n], properties: { n: { type: number } }, additionalProperties: false } } }, effect: read }
`;

/** A flow that reads `in` and whose steps are these; `more` are keys beside them. */
export const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { In: ${NUMBER} }
topics:
  in: { message: In, dlq: in.dlq }
  in.dlq: {}
  out: { message: ${NUMBER} }
  other: { message: ${NUMBER} }
${TOOLS}
policies:
  fast: { retry: { max: 4, backoff: constant, initial: 1s, jitter: none } }
  long: { retry: { max: 4, backoff: constant, initial: 1m, jitter: none } }
  hasty: { timeout: 10s, retry: { max: 2, backoff: constant, initial: 1s, jitter: none } }
  broken: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none }, breaker: { failures: 2, reset: 10m } }
${more.startsWith("on:") || more.includes("\non:") ? "" : "on: in"}
${more}
steps:
${steps
  .trim()
  .split("\n")
  .map((line) => `  ${line}`)
  .join("\n")}
`;
