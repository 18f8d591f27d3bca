import { BROKER_WORDS, PROJECT_WORDS } from "./broker-words.js";
import { STEP_WORDS } from "./step-words.js";

/** Words that authors bring from other tools, by where they stand, with the form to write here. None is ever accepted. */
type Hints = Readonly<Record<string, string>>;

const FLOW_FILE: Hints = {
  id: "write it under `flow:`: `flow: { id: name, version: 1.0.0 }`",
  name: "write `flow: name`",
  version: "the language's version is `flowctl: v1`; the flow's own is `flow: { id: name, version: 1.0.0 }`",
  apiVersion: "write `flowctl: v1`",
  kind: "write `flow: name` for a flow; a file without `flow:` is a library",
  metadata: "write `flow: { id: name, version: 1.0.0, summary: text }`",
  spec: "sections stand at the top level: `agents:`, `tools:`, `steps:` …",
  description: "write `flow: { id: name, summary: text }`",
  summary: "write it under `flow:`: `flow: { id: name, summary: text }`",
  workflow: "write `flow: name`, and its steps under `steps:`",
  workflows: "write `flow: name`; several flows in a file are separated by `---`",
  jobs: "write the steps under `steps:`; parallel work is `parallel:` with `branches:`",
  tasks: "write the steps under `steps:`",
  stages: "write the steps under `steps:`; they run in the order they are written",
  nodes: "write the steps under `steps:`",
  states: "write the steps under `steps:`; to choose, use `switch:`",
  edges: "steps run in the order they are written; to choose, use `switch:`",
  graph: "write the steps under `steps:`",
  pipeline: "write `flow: name`, and its steps under `steps:`",
  crew: "declare agents under `agents:` and run them in `steps:`",
  do: "a flow's steps stand under `steps:`",
  listen: "write `on: topic`",
  trigger: "write `on: topic`",
  triggers: "write `on:` with one trigger or a list",
  start: "write `on: topic`, or `on: { manual: {} }`",
  schedule: "write `on: { schedule: \"*/5 * * * *\" }`",
  import: "write `use: [./library.yaml]`",
  imports: "write `use: [./library.yaml]`",
  include: "write `use: [./library.yaml]`",
  uses: "write `use: [./library.yaml]`",
  inputs: "write `input: Type`",
  outputs: "write `output: Type`, and what the flow yields as `value:`",
  return: "write what the flow yields as `value:`, or a step `return: value`",
  result: "write what the flow yields as `value:`",
  schemas: "write `types:`",
  definitions: "write `types:`",
  channels: "write `topics:`",
  events: "write `topics:`",
  queues: "topics are declared under `topics:`; queues belong to the project file `flowctl.yaml`",
  functions: "write `tools:`",
  llms: "write `models:`",
  env: "secrets are read where they are used, as `${env:NAME}`; `secrets: [NAME]` lists those that must exist",
  variables: "values are set by steps: `set: value`, read as `steps.<id>`",
  vars: "values are set by steps: `set: value`, read as `steps.<id>`",
  retry: "write a policy, `policies: { again: { retry: { max: 3 } } }`, and `policy: again` on the step",
  defaults: "there are no defaults for a whole file: name a policy on each step",
  on_error: "write `catch: [ { on: [any], do: [ … ] } ]`",
  onError: "write `catch: [ { on: [any], do: [ … ] } ]`",
  concurrency: "write it in the trigger: `on: { topic: name, concurrency: 4 }`",
  when: "filter messages in the trigger: `on: { topic: name, where: <expression> }`",
  where: "write it in the trigger: `on: { topic: name, where: <expression> }`",
};

const AGENT: Hints = {
  role: "write it into `instructions:`",
  goal: "write it into `instructions:`",
  backstory: "write it into `instructions:`",
  prompt: "write `instructions:`",
  system: "write `instructions:`",
  system_prompt: "write `instructions:`",
  system_message: "write `instructions:`",
  llm: "write `model:`",
  provider: "write `model: provider/model`, or declare it under `models:`",
  temperature: "a model's settings stand under `models:`",
  max_tokens: "a model's settings stand under `models:`; `limits: { tokens: … }` bounds the agent",
  functions: "write `tools: [name]`",
  tool_calls: "write `tools: [name]`",
  schema: "write `output: Type`",
  response_format: "write `output: Type`",
  max_iterations: "write `limits: { turns: 6 }`",
  max_turns: "write `limits: { turns: 6 }`",
  max_steps: "write `limits: { turns: 6 }`",
  timeout: "write `limits: { timeout: 30s }`",
  retry: "a step names its policy with `policy:`; an answer that breaks its schema is asked for again `repair:` times",
  retries: "a step names its policy with `policy:`; an answer that breaks its schema is asked for again `repair:` times",
  fallback: "write the fallback models as a list: `model: [fast, big]`",
  budget: "write `limits: { usd: 0.05 }`",
  description: "write it into `instructions:`",
  type: "write `kind: reactive`",
};

const TOOL: Hints = {
  url: "write it inside `http:`: `http: { method: GET, url: … }`",
  method: "write it inside `http:`: `http: { method: GET, url: … }`",
  headers: "write it inside `http:`: `http: { method: GET, url: …, headers: { … } }`",
  description: "write `summary:`",
  function: "write `module: ./file.ts#export`",
  code: "write `module: ./file.ts#export`",
  script: "write `module: ./file.ts#export`",
  command: "tools do not run shell commands: write `module: ./file.ts#export`",
  parameters: "write `input: Type`",
  params: "write `input: Type`",
  args: "write `input: Type`",
  inputs: "write `input: Type`",
  outputs: "write `output: Type`",
  returns: "write `output: Type`",
  schema: "write `input: Type` and `output: Type`",
  retry: "a step names its policy with `policy:`",
  timeout: "an attempt's timeout stands in a policy, a step's on the step",
  readonly: "write `effect: read`",
  side_effects: "write `effect: write`",
};

const TRIGGER: Hints = {
  if: "write `where: <expression>`",
  when: "write `where: <expression>`",
  filter: "write `where: <expression>`",
  event: "write `topic: name`",
  queue: "write `topic: name`",
  subject: "write `topic: name`",
  stream: "write `topic: name`",
  kafka: "write `topic: name`; which broker it is stands in the project file",
  nats: "write `topic: name`; which broker it is stands in the project file",
  cron: "write `schedule: \"*/5 * * * *\"`",
  webhook: "write `http: { method: POST, path: /… }`",
  input: "write `with:`",
  inputs: "write `with:`",
  debounce: "write `window: { by: …, gap: … }`",
  consumer_group: "write `group:`",
  redis: "write `topic: name`; which broker it is stands in the project file",
  broker: "which broker it is stands in the project file",
  offset: "write `from: earliest` or `from: latest`",
  auto_offset_reset: "write `from: earliest` or `from: latest`",
  "auto.offset.reset": "write `from: earliest` or `from: latest`",
  batch: "messages are read in batches by themselves; how many runs go on at once is `concurrency:`",
  batch_size: "messages are read in batches by themselves; how many runs go on at once is `concurrency:`",
  max_poll_records: "messages are read in batches by themselves; how many runs go on at once is `concurrency:`",
  dlq: "it stands at the topic: `topics: { name: { dlq: other } }`",
  dead_letter: "it stands at the topic: `topics: { name: { dlq: other } }`",
  retry: "write a policy, `policies: { again: { retry: { max: 3 } } }`, and `policy: again` on the step",
  retries: "write a policy, `policies: { again: { retry: { max: 3 } } }`, and `policy: again` on the step",
  partitions: "what `flowctl topics apply` makes stands in the project file: `broker: { topics: { partitions: 12 } }`",
  key: "write `ordering: key`; a topic's key stands under `topics:`",
};

const TOPIC: Hints = {
  schema: "write `message: Type`",
  type: "write `message: Type`",
  payload: "write `message: Type`",
  partition_key: "write `key: <expression over msg>`",
  dead_letter: "write `dlq: topic`",
  deadletter: "write `dlq: topic`",
  subject: "write `registry: { subject: orders-value }`",
  schema_registry: "write `registry: { subject: orders-value }`",
  serializer: "write `format: json`, `format: avro` or `format: protobuf`",
  encoding: "write `format: json`, `format: avro` or `format: protobuf`",
  partitions: "what `flowctl topics apply` makes stands in the project file: `broker: { topics: { partitions: 12 } }`",
  replicas: "what `flowctl topics apply` makes stands in the project file: `broker: { topics: { replicas: 3 } }`",
  replication_factor: "what `flowctl topics apply` makes stands in the project file: `broker: { topics: { replicas: 3 } }`",
};

const MODEL: Hints = {
  name: "write `model:`",
  url: "write `base_url:`",
  endpoint: "write `base_url:`",
  key: "write `api_key: \"${env:NAME}\"`",
  apiKey: "write `api_key: \"${env:NAME}\"`",
  cost: "write `price: { in: 0.15, out: 0.6 }`",
};

const POLICY: Hints = {
  retries: "write `retry: { max: 3 }`",
  attempts: "write `retry: { max: 3 }`",
  max_attempts: "write `retry: { max: 3 }`",
  circuit_breaker: "write `breaker: { failures: 5, reset: 30s }`",
  rate_limit: "write `rate: { max: 10, window: 1s }`",
};

const CASE: Hints = {
  if: "write `when: <expression>`",
  case: "write `when: <expression>`",
  condition: "write `when: <expression>`",
  default: "write `else: { … }` as the last of the list",
  otherwise: "write `else: { … }` as the last of the list",
  steps: "write `do: [ … ]`",
  return: "write `value:`",
};

const BRANCH: Hints = {
  if: "write `when: <expression>`",
  needs: "write `after: [name]`",
  depends: "write `after: [name]`",
  depends_on: "write `after: [name]`",
  steps: "write `do: [ … ]`",
  name: "the branch's name is its key under `branches:`",
};

const CLAUSE: Hints = {
  code: "write `on: [code]`",
  codes: "write `on: [code]`",
  error: "write `on: [code]`",
  errors: "write `on: [code]`",
  if: "write `on: [code]`, and look closer with a `switch` in `do:`",
  when: "write `on: [code]`, and look closer with a `switch` in `do:`",
  as: "the error is `error` in the clause",
  steps: "write `do: [ … ]`",
};

const named = (kind: "agent" | "emit", what: string): Hints => {
  const name = `write the name itself, and ${what} beside it: \`{ ${kind}: name, with: … }\``;
  return Object.fromEntries(["name", "id", "topic", "to", "agent", "input", "message", "payload", "value", "data", "body", "event", "key", "args", "prompt"].map((word) => [word, name]));
};

const PLACES: Readonly<Record<string, Hints>> = {
  "a flow file": FLOW_FILE,
  "a library": FLOW_FILE,
  "a step": STEP_WORDS,
  "an agent": AGENT,
  "a tool": TOOL,
  "a trigger": TRIGGER,
  "a topic": TOPIC,
  "a model": MODEL,
  "a policy": POLICY,
  "a case": CASE,
  "a branch": BRANCH,
  "a block": CASE,
  "a catch clause": CLAUSE,
  "a broker of this kind": BROKER_WORDS,
  "the project file": PROJECT_WORDS,
  "a profile": PROJECT_WORDS,
  "`agent`": named("agent", "what it is given"),
  "`emit`": named("emit", "what is sent"),
};

/** Not in the tables, because an object with a `then` is taken for a promise. */
const THEN = "the steps of a case stand in `do:`: `switch: [ { when: <expression>, do: [ … ] } ]`";

/** The form to write here for a word of another tool; null where it is none. `place` is what the keys are called. */
export function alien(place: string, word: string): string | null {
  const hints = PLACES[place] ?? (/^an? `?\w+`? step$/.test(place) ? STEP_WORDS : undefined);
  if (word === "then" && (hints === STEP_WORDS || hints === CASE || hints === CLAUSE)) return THEN;
  return hints !== undefined && Object.hasOwn(hints, word) ? (hints[word] ?? null) : null;
}
