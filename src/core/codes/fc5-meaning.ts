import type { CodeTable } from "./entry.js";

const HEAD = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { id: string, n: number, ids: "string[]" } }
`;
const tool = (name: string, method: string, more = ""): string =>
  `tools: { ${name}: { http: { method: ${method}, url: "https://api.example/${name}" }, input: { fields: { id: string } }, output: { fields: { id: string } }${more} } }\n`;
const PAY = tool("pay", "POST", ", idempotency: header");
const WRITER = "agents: { writer: { model: openai/gpt-4o-mini, instructions: Write., output: { fields: { id: string } } } }\n";
const steps = (...lines: readonly string[]): string => `steps:\n${lines.map((line) => `  ${line}\n`).join("")}`;
const lane = (ordering: string): string => `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } }, key: msg.id } }
on: { topic: in, ordering: ${ordering} }
steps:
  - { id: ok, ask: { question: "Go on?", output: { fields: { approved: boolean } } } }
`;
const loop = (form: string): string => HEAD + steps(`- loop: ${form}`, "  do: []", '  value: { n: "${state.n + 1}" }');

/** What a flow means: parts that never run, writes that are not safe, what nobody uses. */
export const FC5_MEANING: CodeTable = {
  FC5001: {
    severity: "error",
    title: "A step that is never reached",
    explain:
      "A `fail` or `return` without `when` always ends the flow, and so does a `switch` with an `else` in which each case does. What stands behind it in the same block never runs. Give the earlier step the `when` that it was meant to have, or remove what is behind it.",
    bad: HEAD + steps('- { fail: { code: no, message: "no" } }', "- { id: a, set: 1 }"),
    good: HEAD + steps('- { when: input.n < 0, fail: { code: no, message: "no" } }', "- { id: a, set: 1 }"),
  },
  FC5002: {
    severity: "error",
    title: "A case or clause that another one takes",
    explain:
      "Of the cases of a `switch`, and of the clauses of a `catch`, the first that fits is taken. A case behind one that always holds or has the same condition is never taken; neither is a clause whose codes are all caught before it, or one behind `any`. Put the special one first, or remove it.",
    bad: HEAD + steps("- switch:", "    - { when: input.n > 1, value: a }", "    - { when: input.n > 1, value: b }"),
    good: HEAD + steps("- switch:", "    - { when: input.n > 1, value: a }", "    - { when: input.n < 1, value: b }"),
  },
  FC5003: {
    severity: "error",
    title: "A condition that never holds",
    explain: "The condition is false whatever the data is, so what it guards never runs. To leave a part out for a while, comment it out: then nobody takes it for something that runs.",
    bad: HEAD + steps('- { when: "false", set: 1 }'),
    good: HEAD + steps("- { when: input.n > 1, set: 1 }"),
  },
  FC5004: {
    severity: "error",
    title: "A loop that nothing limits",
    explain:
      "A `loop` over a list ends with the list. Any other needs `max`, for whether its `until` ever holds cannot be read from the file, least of all when a model decides it. After `max` passes the loop raises `exhausted` (`on_max: fail`, the default) or goes on with the state that it has (`on_max: stop`).",
    bad: loop("{ init: { n: 0 }, until: state.n > 3 }"),
    good: loop("{ init: { n: 0 }, until: state.n > 3, max: 10 }"),
  },
  FC5005: {
    severity: "error",
    title: "A loop that can only fail",
    explain:
      "The loop has a `max`, but no `while`, `until` or `over` that could end it before, and no step in it that leaves it. With `on_max: fail`, the default, it always raises `exhausted`. Add the condition, write `on_max: stop`, or catch `exhausted` at the step.",
    bad: loop("{ init: { n: 0 }, max: 10 }"),
    good: loop("{ init: { n: 0 }, max: 10, on_max: stop }"),
  },
  FC5006: {
    severity: "error",
    title: "A join that is never done",
    explain: "`join: N` is done with the N-th success, and raises `join` as soon as that is impossible. With fewer than N branches it always is.",
    bad: HEAD + steps("- parallel: { join: 3 }", "  branches: { a: { value: 1 }, b: { value: 2 } }"),
    good: HEAD + steps("- parallel: { join: 1 }", "  branches: { a: { value: 1 }, b: { value: 2 } }"),
  },
  FC5007: {
    severity: "warning",
    title: "A wait that its time limit always ends",
    explain: "The step waits for a time that is fixed, and a `timeout` of its own, of a step or block around it or of the flow is not longer. Where the wait is reached it always ends in the error `timeout`, and what comes behind it never runs. Make the limit longer than the wait. To end a wait for a message or a signal after a time is what `timeout` is for: those are not meant.",
    bad: `${HEAD}timeout: 1m\n${steps("- { wait: 5m }", "- { set: 1 }")}`,
    good: `${HEAD}timeout: 10m\n${steps("- { wait: 5m }", "- { set: 1 }")}`,
  },
  FC5010: {
    severity: "error",
    title: "A retry of a write that may have happened",
    explain:
      "After a timeout, or when a service breaks off, nobody knows whether the write was applied. Sending it again is safe only when the service drops repeats: say how with `idempotency` (`header`, `field`, `key` or `native`), and the same key goes with every attempt. Else retry on `rate_limit` only, which is never applied, and let `on_unknown` say what happens after a timeout.",
    bad: `${HEAD}policies: { again: { retry: { max: 3, on: [timeout] } } }\n${tool("pay", "POST")}${steps('- { tool: pay, policy: again, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}policies: { again: { retry: { max: 3, on: [timeout] } } }\n${PAY}${steps('- { tool: pay, policy: again, with: { id: "${input.id}" } }')}`,
  },
  FC5011: {
    severity: "error",
    title: "A retry that never ends",
    explain: "`retry.max: forever` is for idempotent tools behind a saga's pivot and in its undo, which must go through in the end. Elsewhere the run would never end, and its caller would never hear of it.",
    bad: `${HEAD}policies: { again: { retry: { max: forever } } }\n${PAY}${steps('- { tool: pay, policy: again, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}policies: { again: { retry: { max: 8 } } }\n${PAY}${steps('- { tool: pay, policy: again, with: { id: "${input.id}" } }')}`,
  },
  FC5012: {
    severity: "error",
    title: "A write in a branch that can be cancelled",
    explain:
      "With `join: all` the first failure cancels the other branches or items; with `any` or a number the winners cancel the rest. What a cancelled branch has written is undone before the run goes on, so each write in it needs a `compensate`, its own or its tool's, and nothing in it can be a `pivot`. Or let every branch end with `rest: finish`, never cancel with `join: settled`, run one after the other (`after`, or `concurrency: 1` in a `map`), or write in a step behind the join. An agent with a write tool counts as a write, an `emit` does not.",
    bad: `${HEAD}${PAY}${steps("- parallel: { join: all }", "  branches:", '    a: [ { tool: pay, with: { id: "${input.id}" } } ]', "    b: { value: 1 }")}`,
    good: `${HEAD}${PAY}${steps("- parallel: { join: all, rest: finish }", "  branches:", '    a: [ { tool: pay, with: { id: "${input.id}" } } ]', "    b: { value: 1 }")}`,
  },
  FC5013: {
    severity: "error",
    title: "`on_unknown: retry` without idempotency",
    explain: "`on_unknown: retry` sends a write again whose outcome a crash or a timeout hid. That is safe only when the service drops repeats, which the tool's `idempotency` says. Else ask the service with `verify`, or take `fail`: then a person decides.",
    bad: `${HEAD}${tool("pay", "POST")}${steps('- { tool: pay, on_unknown: retry, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}${PAY}${steps('- { tool: pay, on_unknown: retry, with: { id: "${input.id}" } }')}`,
  },
  FC5014: {
    severity: "error",
    title: "`on_unknown: verify` without `verify`",
    explain: "`on_unknown: verify` asks whether the write happened. The tool must say whom: `verify: { tool, with }` names a read tool that answers `{ happened, output? }`, and its `with` may use the write's `key` and `input`.",
    bad: `${HEAD}${PAY}${steps('- { tool: pay, on_unknown: verify, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}${PAY}${steps('- { tool: pay, on_unknown: fail, with: { id: "${input.id}" } }')}`,
  },
  FC5015: {
    severity: "warning",
    title: "A key that is the same in every run",
    explain: "A step's own `key` replaces the one that is made from run and step: two runs with one key are one effect. With a constant all runs together write once: whatever another one gives, the service answers with what the first has done, or says no.",
    bad: `${HEAD}${PAY}${steps('- { tool: pay, key: fixed, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}${PAY}${steps('- { tool: pay, key: "${input.id}", with: { id: "${input.id}" } }')}`,
  },
  FC5016: {
    severity: "warning",
    title: "A wait holds up a whole lane",
    explain: "With `ordering: key` the next message of a key waits until the run before it has ended, also while that run stands at an `ask` or a `wait`. `release: parked` frees the key then, at the price that the next message overtakes the waiting one.",
    bad: lane("key"),
    good: lane("{ by: key, release: parked }"),
  },
  FC5017: {
    severity: "error",
    title: "One signal with two types",
    explain:
      "A signal belongs to its run, not to a step: it may come before any wait for it is reached, and the first wait of its name takes it. What it carries is checked when it comes, so all waits for one name want the same type. Give them one type, or the signals two names.",
    bad: HEAD + steps("- { id: a, wait: { signal: paid, type: { fields: { amount: number } } } }", "- { id: b, wait: { signal: paid, type: string } }"),
    good: HEAD + steps("- { id: a, wait: { signal: paid, type: { fields: { amount: number } } } }", "- { id: b, wait: { signal: booked, type: string } }"),
  },
  FC5018: {
    severity: "error",
    title: "A question that cannot be sent again",
    explain:
      "An `ask` with `to: { tool }` calls the tool until it has succeeded or the question is answered, also after a crash that hid whether it had. So the tool reads, or is idempotent; a computed tool tells nobody. Where telling somebody twice does no harm, say `idempotency: header`: a service that does not know the header ignores it.",
    bad: HEAD + tool("tell", "POST") + steps('- { id: ok, ask: { question: "Ship it?", output: boolean, to: { tool: tell, with: { id: "${asked.path}" } } } }'),
    good: HEAD + tool("tell", "POST", ", idempotency: header") + steps('- { id: ok, ask: { question: "Ship it?", output: boolean, to: { tool: tell, with: { id: "${asked.path}" } } } }'),
  },
  FC5019: {
    severity: "error",
    title: "An idempotency key that goes nowhere",
    explain:
      "A write with an `idempotency` is called again when nobody knows whether it happened, because the other side knows it by its key. So the key has to reach it: HTTP tools send it in a header or a field, modules get it as `ctx.key` (`idempotency: key`), requests carry it in a header. Another way than its kind has would leave the tool without a key, and a repeated call would be a second effect.",
    bad: `${HEAD}${tool("pay", "POST", ", idempotency: key")}${steps('- { tool: pay, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}${tool("pay", "POST", ", idempotency: header")}${steps('- { tool: pay, with: { id: "${input.id}" } }')}`,
  },
  FC5020: {
    severity: "error",
    title: "A secret in plain text",
    explain:
      "Whoever can read the file, or its history, has the key. Write a reference, `${env:NAME}` or `${file:PATH}`, which is read only when a connection is made and never stands in a plan, journal or log. Revoke a key that has been shared: removing it from the file does not take it back.",
    bad: `${HEAD}tools: { look: { http: { method: GET, url: "https://api.example/x", headers: { authorization: "Bearer abc123def456" } }, output: string } }\n${steps("- { tool: look, with: {} }")}`,
    good: `${HEAD}tools: { look: { http: { method: GET, url: "https://api.example/x", headers: { authorization: "Bearer \${env:TOKEN}" } }, output: string } }\n${steps("- { tool: look, with: {} }")}`,
  },
  FC5030: {
    severity: "warning",
    title: "A declaration that nobody uses",
    explain: "Often what is left of a change, or a sign that a name elsewhere is not the one that was meant. Only what the document itself declares is counted: what it imports, and what a library declares, may be for others.",
    bad: `${HEAD}types: { Old: { fields: { a: string } } }\n${steps("- { set: 1 }")}`,
    good: HEAD + steps("- { set: 1 }"),
  },
  FC5031: {
    severity: "warning",
    title: "A topic that nobody reads or writes",
    explain: "The topic is declared, but no trigger of the flow reads it, no step emits to it, and it is nobody's `dlq`. A topic needs a declaration only in flows that use it.",
    bad: `${HEAD}topics: { old: {} }\n${steps("- { set: 1 }")}`,
    good: `${HEAD}topics: { done: {} }\n${steps('- { emit: done, with: { id: "${input.id}" } }')}`,
  },
  FC5040: {
    severity: "warning",
    title: "A write of what only a model made",
    explain:
      "What comes from a model is untrusted: a message that it was given may have told it what to say. A schema checks the form of its answer, not its sense. Before it goes into a write, let a guard of the agent check it, let a person approve it (an `ask`, and a `fail` when the answer is no), or say that the write may take it as it is, with `trust: model` on the step. An agent that has write tools fills in their arguments itself: there only the last two help. `emit` is no write.",
    bad: `${HEAD}${WRITER}${PAY}${steps("- { id: w, agent: writer }", '- { tool: pay, with: { id: "${steps.w.id}" } }')}`,
    good: `${HEAD}${WRITER}${PAY}${steps("- { id: w, agent: writer }", '- { tool: pay, trust: model, with: { id: "${steps.w.id}" } }')}`,
  },
  FC5050: {
    severity: "warning",
    title: "A flow that feeds itself for ever",
    explain: "Every run emits to a topic that starts the flow again, answers there with `reply` or asks there with a `request` tool, and nothing on the way can stop it: no `where` or `dedupe` at the trigger, no `when`, no step that may end the run. Count the depth in the message and bound it.",
    bad: 'flowctl: v1\nflow: f\ntopics: { in: { message: { fields: { n: integer } } } }\non: in\nsteps: [ { emit: in, with: { n: "${input.n + 1}" } } ]\n',
    good: 'flowctl: v1\nflow: f\ntopics: { in: { message: { fields: { n: integer } } } }\non: { topic: in, where: msg.n < 5 }\nsteps: [ { emit: in, with: { n: "${input.n + 1}" } } ]\n',
  },
  FC5071: {
    severity: "error",
    title: "A recursion without a limit",
    explain: "A flow that calls itself, directly or over others, starts a run for each call. How deep that may go is written beside the flow: `limits: { depth: 10 }`. A call beyond it raises `limit`, and `run.depth` counts the runs from 0. Of flows that call each other one limit is enough; where several say one, the least counts. What goes over a topic is no call: FC5050 looks after that.",
    bad: 'flowctl: v1\nflow: f\ninput: { fields: { n: integer } }\noutput: integer\nsteps:\n  - { when: input.n == 0, return: 0 }\n  - { call: f, with: { n: "${input.n - 1}" } }\n',
    good: 'flowctl: v1\nflow: f\ninput: { fields: { n: integer } }\noutput: integer\nlimits: { depth: 20 }\nsteps:\n  - { when: input.n == 0, return: 0 }\n  - { call: f, with: { n: "${input.n - 1}" } }\n',
  },
  FC5091: {
    severity: "warning",
    title: "Two flows with one route",
    explain: "A request of one method and path starts one flow. Whoever serves both in one process is refused (FC6030), whatever the fields of the path are called. Give one of them another path, or serve them in two processes.",
    bad: 'flowctl: v1\nflow: a\non: { http: { method: GET, path: "/orders/{id}" } }\ninput: { fields: { id: string } }\nsteps: [ { set: "${input.id}" } ]\n---\nflowctl: v1\nflow: b\non: { http: { method: GET, path: "/orders/{order}" } }\ninput: { fields: { order: string } }\nsteps: [ { set: "${input.order}" } ]\n',
    good: 'flowctl: v1\nflow: a\non: { http: { method: GET, path: "/orders/{id}" } }\ninput: { fields: { id: string } }\nsteps: [ { set: "${input.id}" } ]\n---\nflowctl: v1\nflow: b\non: { http: { method: GET, path: "/parcels/{id}" } }\ninput: { fields: { id: string } }\nsteps: [ { set: "${input.id}" } ]\n',
  },
  FC5092: {
    severity: "error",
    title: "One topic in two formats",
    explain: "Two flows declare the same topic with another `format`, schema, `registry` or `envelope`. Its messages are one kind of bytes, and the process that serves both flows reads and writes them in one way. Declare the topic once, in a library that both flows `use`.",
    bad: "flowctl: v1\nflow: one\ntopics: { t: { message: { fields: { id: string } } } }\non: t\nsteps: [ { set: 1 } ]\n---\nflowctl: v1\nflow: two\ntopics: { t: { message: { fields: { id: string } }, envelope: cloudevents } }\non: t\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: one\ntopics: { t: { message: { fields: { id: string } } } }\non: t\nsteps: [ { set: 1 } ]\n---\nflowctl: v1\nflow: two\ntopics: { t: { message: { fields: { id: string } } } }\non: t\nsteps: [ { set: 1 } ]\n",
  },
  FC5093: {
    severity: "error",
    title: "A topic whose dead letters come back to it",
    explain: "A message that does not decode, breaks its schema or whose run fails goes to the topic's `dlq`, wrapped into a letter. Where that is the topic itself, the letter is read as the next message, does not fit, and is wrapped again: one bad message fills the topic for ever, each letter larger than the last one. So it is with topics that are each other's dead-letter topics, where flows read them.",
    bad: "flowctl: v1\nflow: f\ntopics: { in: { message: { fields: { id: string } }, dlq: in } }\non: in\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: f\ntopics: { in: { message: { fields: { id: string } }, dlq: in.dlq } }\non: in\nsteps: [ { set: 1 } ]\n",
  },
  FC5101: {
    severity: "error",
    title: "A claim check without a size",
    explain: "With `claim_check` the body of a message that is larger than `max_bytes` is stored, and the message carries a reference to it. So the topic has to say how large a message may be that travels whole.",
    bad: `${HEAD}topics: { done: { claim_check: true } }\n${steps('- { emit: done, with: { id: "${input.id}" } }')}`,
    good: `${HEAD}topics: { done: { max_bytes: 65536, claim_check: true } }\n${steps('- { emit: done, with: { id: "${input.id}" } }')}`,
  },
  FC5100: {
    severity: "warning",
    title: "A pin that holds nothing",
    explain:
      "`pin: true` keeps the runs of a flow from going on with other code of its `module` tools than they began with. This flow calls none: its steps, prompts, schemas and model ids are pinned with every run anyway, and services behind HTTP tools cannot be.",
    bad: `${HEAD}pin: true\n${steps("- { set: 1 }")}`,
    good: HEAD + steps("- { set: 1 }"),
  },
  FC5090: {
    severity: "error",
    title: "Two triggers that are one",
    explain: "A tick of a schedule is one run, and a request is answered by one. A second trigger of the flow with the same schedule and zone, or with the same method and path (whatever their fields are called), would never start a run of its own. The messages of a topic are divided among those that read it as one group: two triggers on one topic need a `group` each, or each message is seen by one of them alone.",
    bad: 'flowctl: v1\nflow: f\non:\n  - { schedule: "@daily", with: { kind: a } }\n  - { schedule: "@daily", with: { kind: b } }\ninput: { fields: { kind: string } }\nsteps: [ { set: "${input.kind}" } ]\n',
    good: 'flowctl: v1\nflow: f\non:\n  - { schedule: "0 6 * * *", with: { kind: a } }\n  - { schedule: "0 18 * * *", with: { kind: b } }\ninput: { fields: { kind: string } }\nsteps: [ { set: "${input.kind}" } ]\n',
  },
};
