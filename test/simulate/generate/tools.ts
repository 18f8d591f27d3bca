import type { JsonObject } from "../../../src/core/json.js";

export const NUMBER: JsonObject = { fields: { n: "number" } };
/** Undoes what was done under the key `of`. */
export const UNDO_TOOL = "u";
/** Says what has happened under a key. */
export const VERIFY_TOOL = "happened";

/** A tool of a flow that is called has that flow's name before its own. */
export const localName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

const module = (name: string, more: JsonObject): JsonObject => ({ module: `./tools.ts#${name}`, input: NUMBER, output: NUMBER, ...more });
const http = (method: string, name: string, more: JsonObject): JsonObject => ({ http: { method, url: `https://ledger.example/${name}` }, input: NUMBER, output: NUMBER, ...more });
const nope = { errors: { nope: {} } };

/** Of each effect and form of idempotency; what they do is the ledger's affair. */
export const TOOLS: JsonObject = {
  r: module("r", { effect: "read", ...nope }),
  away: module("away", { effect: "read" }),
  k: module("k", { effect: "write", idempotency: "key", ...nope }),
  q: module("q", { effect: "write", idempotency: "key" }),
  h: http("POST", "h", { effect: "write", idempotency: "header" }),
  w: http("POST", "w", { effect: "write", idempotency: { header: "X-Key", window: "1h" } }),
  f: http("POST", "f", { effect: "write", idempotency: { field: "id" }, ...nope }),
  native: http("PUT", "n", { effect: "write", idempotency: "native" }),
  none: module("none", { effect: "write" }),
  told: module("told", { effect: "write", verify: { tool: VERIFY_TOOL, with: { key: "${key}", n: "${input.n}" } } }),
  c: module("c", { effect: "write", idempotency: "key", ...nope, compensate: { tool: UNDO_TOOL, with: { of: "${key}", n: "${input.n}" } } }),
  [UNDO_TOOL]: { module: "./tools.ts#u", input: { fields: { of: "string", n: "number" } }, output: NUMBER, effect: "write", idempotency: "key" },
  [VERIFY_TOOL]: { module: "./tools.ts#happened", input: { fields: { key: "string", n: "number" } }, output: { fields: { happened: "boolean", output: { type: "object", required: ["n"], properties: { n: { type: "number" } }, additionalProperties: false } } }, effect: "read" },
};

/** Its calls are messages to the flow behind this topic, which answers on that one. */
export const FAR = "far";
export const ASKING = "asked";
export const ANSWERS = "given";
/** What it refuses by its input. */
export const OWN = "own";
export const FAR_TOOL: JsonObject = { [FAR]: { request: { topic: ASKING, reply: ANSWERS, timeout: "20s" }, input: NUMBER, output: NUMBER, effect: "write", idempotency: "key", errors: { [OWN]: {} } } };

export const READS = ["r", "r", "away"] as const;
export const REPEATABLE = ["k", "k", "q", "h", "w", "f", "native"] as const;
export const WRITES = [...REPEATABLE, "none", "told"] as const;

export const POLICIES: JsonObject = {
  fast: { retry: { max: 3, backoff: "constant", initial: "1s", jitter: "none" } },
  long: { retry: { max: 3, backoff: "constant", initial: "1m", jitter: "none" } },
  hasty: { timeout: "10s", retry: { max: 2, backoff: "exponential", initial: "200ms" } },
  strict: { timeout: "5s" },
  narrow: { concurrency: 1, retry: { max: 2, backoff: "constant", initial: "1s", jitter: "none" } },
  broken: { retry: { max: 3, backoff: "constant", initial: "1s", jitter: "none" }, breaker: { failures: 2, reset: "1m" } },
  rated: { rate: { max: 2, window: "10s" }, retry: { max: 2, backoff: "constant", initial: "1s", jitter: "none" } },
  slow: { rate: { max: 1, window: "30s" } },
  forever: { retry: { max: "forever", backoff: "exponential", initial: "1s", cap: "1m", jitter: "none" } },
};

export const AGENTS: JsonObject = {
  thinker: { model: "m", instructions: "Think of ${input.n}", input: NUMBER, output: NUMBER, tools: ["r", "k"], repair: 2, limits: { turns: 5 } },
  doer: { model: "m", instructions: "Do ${input.n}", input: NUMBER, output: NUMBER, tools: ["r", "c"], repair: 2, limits: { turns: 5 } },
  reader: { model: ["m", "other"], instructions: "Read ${input.n}", input: NUMBER, output: NUMBER, tools: ["r"], limits: { turns: 4 } },
  hurried: { model: ["m", "other"], instructions: "Read ${input.n}", input: NUMBER, output: NUMBER, tools: ["r"], limits: { turns: 4, timeout: "30s" } },
  talker: { model: ["m", "other"], instructions: "Say ${input.n}", input: NUMBER },
};
