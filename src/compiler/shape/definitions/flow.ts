import type { Located, UseRef } from "../ast.js";
import { either, list, record } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { DECLARED, DOTTED, name, STEP_ID } from "../forms/names.js";
import { BOOLEAN, DURATION, plain, TEXT, whole } from "../forms/scalars.js";
import { CEL, TYPE } from "../forms/values.js";
import { AGENT } from "./agent.js";
import { model } from "./model.js";
import { BUDGET, POLICY } from "./policy.js";
import { BLOCKS } from "./step.js";
import { TABLE } from "./table.js";
import { TOOL } from "./tool.js";
import { TOPIC } from "./topic.js";
import { ON } from "./trigger.js";

interface Head {
  readonly id: Located<string>;
  readonly version: string;
  readonly summary?: string;
}

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const RELEASE: Form<Located<string>> = {
  ...built(plain("a version such as `1.0.0`", VERSION.source), (version, node, at) => {
    if (VERSION.test(version.value)) return version;
    const text = /^\d+(\.\d+)?$/.test(version.value) ? `${version.value}${version.value.includes(".") ? ".0" : ".0.0"}` : null;
    at.report("FC2004", node.span, `${at.what} wants three numbers such as \`1.0.0\`, but is \`${version.value}\``, text === null ? {} : { hint: `write \`${text}\``, fix: { span: node.span, text } });
    return undefined;
  }),
  minor: true,
};
const FLOW_ID = name({ ...DOTTED, called: "a name" });

const HEAD: Form<Head> = either({
  scalar: built(FLOW_ID, (id): Head => ({ id, version: "0.0.0" })),
  map: built(
    keys("`flow`", {
      id: must(FLOW_ID, "The flow's name: runs, groups and calls refer to it.", { example: "order-fulfilment" }),
      version: may(RELEASE, "Its version: `major.minor.patch`.", { default: "0.0.0", example: "1.0.0" }),
      summary: may(plain(), "One sentence for people.", { example: "Check, approve and ship an order" }),
    }),
    ({ id, version, summary }): Head => ({ id, version: version?.value ?? "0.0.0", ...(summary === undefined ? {} : { summary: summary.value }) }),
  ),
});

const PATH = plain("a path");
const USE: Form<readonly UseRef[]> = either({
  list: built(list(PATH), (paths) => paths.map((path): UseRef => ({ path }))),
  map: built(record("libraries by prefix", STEP_ID, PATH), (entries) => entries.map(({ name, value }): UseRef => ({ path: value, prefix: name }))),
});

/** Sections of every file: also libraries have them. */
export const SHARED_KEYS = {
  flowctl: may({ ...plain("`v1`"), outline: { is: "word", words: ["v1"] } }, "The version of the language, always `v1`. It says that this is a flow file.", { example: "v1" }),
  use: may(USE, "Libraries: files with the same sections and no flow. A list merges their names into this file; a map `{ lib: ./x.yaml }` prefixes them: `lib.writer`.", { example: "[./shared.yaml]" }),
  types: may(record("types", DECLARED, TYPE, "types"), "Types by name: JSON Schema 2020-12, or the shorthand `{ fields: { a: string, b: number? } }`, a closed object.", { example: "{ Order: { fields: { id: string, total: number } } }" }),
  models: may(record("models", DOTTED, model(false), "models"), "Models by name.", { example: "{ fast: { provider: openai, model: gpt-4o-mini } }" }),
  topics: may(record("topics", DOTTED, TOPIC, "topics"), "Topics by name: the subjects that messages come from and go to.", { example: "{ orders.new: { message: Order, key: msg.id } }" }),
  tools: may(record("tools", DECLARED, TOOL, "tools"), "Tools by name: what steps and models can call.", { example: "{ lookup: { http: { method: GET, url: \"https://api.internal/orders\" }, input: Ref, output: Order } }" }),
  agents: may(record("agents", DECLARED, AGENT, "agents"), "Agents by name.", { example: "{ triage: { model: fast, instructions: Say which team answers., output: Triage } }" }),
  policies: may(record("policies", DECLARED, POLICY, "policies"), "Policies by name: timeouts, retries, limits.", { example: "{ net: { timeout: 10s, retry: { max: 4 } } }" }),
  secrets: may(list(plain("the name of a secret")), "Names of environment variables that must be set, beside those that are used.", { example: "[PAY_TOKEN]" }),
  servers: later(record("servers by name", DECLARED, keys("{ command, env } or { url, headers }", { command: may(list(plain()), "The program that is started."), env: may(record("variables", DECLARED, TEXT), "Its environment."), url: may(TEXT, "The address of the server."), headers: may(record("headers", DECLARED, TEXT), "Its headers.") })), "MCP servers by name."),
  tables: may(record("tables", DECLARED, TABLE, "tables"), "Tables by name: rows by key in the store, for `get` and `put`. A table has its name in the store: all flows that name it share it.", { example: "{ customers: { value: Customer, ttl: 24h } }" }),
  knowledge: later(record("knowledge bases by name", DECLARED, keys("{ files, embed }", { files: must(list(plain("a pattern")), "The files."), embed: may(plain("`none` or a model"), "The model that makes vectors.") })), "Knowledge bases by name, for `search` tools."),
};

const LIMITS = keys("{ depth }", { depth: must(whole({ min: 1 }), "How many runs deep the flow may call itself, directly or over others: a call beyond raises `limit`. `run.depth` counts from 0.", { example: "10" }) });

/** Keys that only a flow has. */
export const FLOW_KEYS = {
  flow: may(HEAD, "The flow's name: `flow: name`, or `{ id, version, summary }`. A file without it is a library.", { example: "{ id: order-fulfilment, version: 1.0.0 }" }),
  on: may(ON, "What starts runs: a topic's name, a trigger, or a list of triggers. Without it the flow is started by hand or by `call`.", { example: "{ topic: orders.new, where: msg.total > 0 }" }),
  input: may(TYPE, "The type of the flow's input.", { default: "the type of its trigger's message", example: "Order" }),
  output: may(TYPE, "The type of the flow's value; `value` and every `return` are checked against it.", { example: "Done" }),
  budget: may(BUDGET, "The most that a run may cost.", { example: "{ usd: 1, tokens: 200000 }" }),
  timeout: may(DURATION, "The longest time of a run, waiting included.", { example: "48h" }),
  steps: may(BLOCKS.steps, "The steps, in order.", { example: "[ { agent: triage }, { emit: support.triaged } ]" }),
  catch: may(BLOCKS.catches, "What happens when a step fails and does not catch it itself.", { example: "[ { on: [any], value: null } ]" }),
  value: may(BLOCKS.VALUE.form, "What the flow yields.", { default: "the output of its last step", example: '{ id: "${input.id}" }' }),
  lock: may(CEL, "One run at a time for each value of this text, over all flows that have it; others wait, first come first served. Waiting counts into `timeout`.", { example: "input.account" }),
  limits: may(LIMITS, "How far the flow may go.", { example: "{ depth: 10 }" }),
  pin: may(built(BOOLEAN, (value, node): Located<boolean> => ({ value, span: node.span })), "Runs go on with the code of `module` tools that they began with, or stand as an incident until the file is put back. Without it they go on with the file as it is, and say so.", { default: "false", example: "true" }),
  trace: later(plain("`all`, `errors` or a share such as `1%`"), "Which runs are traced."),
  backlog: may(whole({ min: 0 }), "How many runs of a trigger may be admitted and wait for a place, beside those of its `concurrency`: with more its topic is read no further, and a request is answered with 503. Parked runs do not count. A batch of messages is admitted as a whole. A pure flow has no backlog.", { default: "1000", example: "10000" }),
  queue_timeout: may(DURATION, "How long a task of a queue waits until a worker has begun it: then the step raises `timeout`.", { example: "10m" }),
};

const { flowctl, ...sections } = SHARED_KEYS;
const { flow, ...parts } = FLOW_KEYS;
/** In the order in which `fmt` writes them. */
export const FLOW_FILE = keys("a flow file", { flowctl, flow, ...sections, ...parts });
