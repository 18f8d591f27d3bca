import type { CodeTable } from "./entry.js";

/** Types: data against what stands on the other side. */
export const FC4_TYPES: CodeTable = {
  FC4001: {
    severity: "error",
    title: "A value has the wrong type",
    explain: "What is given here does not fit the type on the other side: the input of an agent or a tool, the message of a topic, the output of the flow, the state of a loop. The note says where that type is declared.",
    bad: `flowctl: v1
flow: doubling
types: { Amount: { fields: { total: number } } }
input: string
output: Amount
steps: []
value: { total: "\${input}" }
`,
    good: `flowctl: v1
flow: doubling
types: { Amount: { fields: { total: number } } }
input: number
output: Amount
steps: []
value: { total: "\${input * 2}" }
`,
  },
  FC4002: {
    severity: "error",
    title: "A required field is missing",
    explain: "The object that is written here lacks a field that the other side requires. Add it, or make it optional there (`note: string?`, or leave it out of `required`).",
    bad: `flowctl: v1
flow: sending
topics: { mails: { message: { fields: { to: string, text: string } } } }
input: string
steps: [ { emit: mails, with: { to: "\${input}" } } ]
`,
    good: `flowctl: v1
flow: sending
topics: { mails: { message: { fields: { to: string, text: string } } } }
input: string
steps: [ { emit: mails, with: { to: "\${input}", text: Hello } } ]
`,
  },
  FC4003: {
    severity: "error",
    title: "A field that is not declared",
    explain: "The type on the other side is closed: it allows only the fields that it declares, and this is none of them. It is often a typo.",
    bad: `flowctl: v1
flow: sending
topics: { mails: { message: { fields: { to: string, text: string? } } } }
input: string
steps: [ { emit: mails, with: { to: "\${input}", txt: Hello } } ]
`,
    good: `flowctl: v1
flow: sending
topics: { mails: { message: { fields: { to: string, text: string? } } } }
input: string
steps: [ { emit: mails, with: { to: "\${input}", text: Hello } } ]
`,
  },
  FC4004: {
    severity: "error",
    title: "A value that may be absent",
    explain: "A hole that is an empty optional leaves its key out. That is fine where the key is optional; where it is required, or in a list, there must be a value: `.orValue(…)` gives one.",
    bad: `flowctl: v1
flow: noting
types: { Order: { fields: { id: string, note: string? } } }
topics: { notes: { message: { fields: { text: string } } } }
input: Order
steps: [ { emit: notes, with: { text: "\${input.?note}" } } ]
`,
    good: `flowctl: v1
flow: noting
types: { Order: { fields: { id: string, note: string? } } }
topics: { notes: { message: { fields: { text: string } } } }
input: Order
steps: [ { emit: notes, with: { text: "\${input.?note.orValue('none')}" } } ]
`,
  },
  FC4005: {
    severity: "error",
    title: "A key needs a value of another type",
    explain: "`when`, `where`, `while`, `until` and `check` need true or false, `over` a list, `join` a whole number, a topic's `key` a text or a number. Nothing is converted by itself: compare (`size(xs) > 0`), or give an optional a value (`.orValue(false)`).",
    bad: `flowctl: v1
flow: choosing
types: { Order: { fields: { total: number } } }
input: Order
steps: [ { when: input.total, set: 1 } ]
`,
    good: `flowctl: v1
flow: choosing
types: { Order: { fields: { total: number } } }
input: Order
steps: [ { when: input.total > 0, set: 1 } ]
`,
  },
  FC4006: {
    severity: "error",
    title: "It is not known what the flow takes",
    explain: "The type of a flow's `input` is `input:`, else the `message` of the topic of its one trigger. A flow that is started by hand or by a `call`, that has several triggers, or whose topic declares no `message`, needs `input:`.",
    bad: `flowctl: v1
flow: untyped
topics: { jobs: {}, done: {} }
on: jobs
steps: [ { emit: done, with: { ok: true } } ]
`,
    good: `flowctl: v1
flow: typed
topics: { jobs: { message: { fields: { id: string } } }, done: {} }
on: jobs
steps: [ { emit: done, with: { id: "\${input.id}" } } ]
`,
  },
  FC4007: {
    severity: "error",
    title: "A loop's state needs a type",
    explain: "Without `type` a loop's state has the type of `init`. An empty list, an empty object or null does not say what it will hold, so the loop needs `type:`.",
    bad: `flowctl: v1
flow: collecting
input: string
steps:
  - loop: { init: { words: [] }, until: state.words.size() == 3, max: 3 }
    value: { words: "\${state.words + [input]}" }
`,
    good: `flowctl: v1
flow: collecting
input: string
steps:
  - loop: { type: { fields: { words: "string[]" } }, init: { words: [] }, until: state.words.size() == 3, max: 3 }
    value: { words: "\${state.words + [input]}" }
`,
  },
  FC4008: {
    severity: "error",
    title: "`pick` may not lie in `from`",
    explain: "`{ pick, from }` chooses one of several agents or topics. Its expression must be an enum whose values are all listed in `from`, so that what is chosen is always there.",
    bad: `flowctl: v1
flow: lanes
topics: { fast: {}, slow: {} }
input: { fields: { lane: fast | slow | none } }
steps: [ { emit: { pick: input.lane, from: [fast, slow] }, with: { ok: true } } ]
`,
    good: `flowctl: v1
flow: lanes
topics: { fast: {}, slow: {} }
input: { fields: { lane: fast | slow } }
steps: [ { emit: { pick: input.lane, from: [fast, slow] }, with: { ok: true } } ]
`,
  },
  FC4009: {
    severity: "error",
    title: "Nothing is given where a value is needed",
    explain: "A block's value is `value:`, else its last step's output. That step may have a `when`, or its `catch` may yield nothing, or it has no output at all, but a value is required: the flow declares `output`, the loop needs its next state, or an `emit` has nothing to send.",
    bad: `flowctl: v1
flow: nothing
input: number
output: string
steps: [ { when: input > 3, set: big } ]
`,
    good: `flowctl: v1
flow: something
input: number
output: string
steps: [ { id: size, when: input > 3, set: big } ]
value: "\${steps.?size.orValue('small')}"
`,
  },
  FC4010: {
    severity: "error",
    title: "A literal breaks a rule of its schema",
    explain: "The schema on the other side has a rule beyond structure (`pattern`, `minimum`, `format` …). Such rules are checked when data enters at run time; this value stands in the file, so it is known now that it would fail.",
    bad: `flowctl: v1
flow: waiting
topics: { pauses: { message: { type: object, required: [seconds], properties: { seconds: { type: number, minimum: 1 } } } } }
input: string
steps: [ { emit: pauses, with: { seconds: 0 } } ]
`,
    good: `flowctl: v1
flow: waiting
topics: { pauses: { message: { type: object, required: [seconds], properties: { seconds: { type: number, minimum: 1 } } } } }
input: string
steps: [ { emit: pauses, with: { seconds: 5 } } ]
`,
  },
  FC4011: {
    severity: "error",
    title: "A library's agent has no input type",
    explain: "An agent in a flow file without `input` takes the flow's input. A library has no flow, so an agent there says itself what it takes.",
    bad: `flowctl: v1
flow: greeting
use: [./agents.yaml]
input: string
steps: [ { agent: open } ]
`,
    good: `flowctl: v1
flow: greeting
use: [./typed.yaml]
input: string
steps: [ { agent: typed } ]
`,
    files: {
      "agents.yaml": `flowctl: v1\nagents: { open: { model: openai/gpt-4o-mini, instructions: Greet this person. } }\n`,
      "typed.yaml": `flowctl: v1\nagents: { typed: { model: openai/gpt-4o-mini, instructions: Greet this person., input: string } }\n`,
    },
  },
  FC4012: {
    severity: "error",
    title: "`verify` answers something else",
    explain: "The tool that `verify` names is asked whether a write whose answer was lost had its effect. It answers `{ happened: boolean, output? }`, where `output` is what the write would have answered.",
    bad: `flowctl: v1
flow: paying
tools:
  ask: { http: { method: GET, url: "https://pay.example.com/state" }, input: { fields: { key: string } }, output: string }
  pay: { http: { method: POST, url: "https://pay.example.com/charges" }, input: number, idempotency: header, verify: { tool: ask, with: { key: "\${key}" } } }
input: number
steps: [ { tool: pay } ]
`,
    good: `flowctl: v1
flow: paying
tools:
  ask: { http: { method: GET, url: "https://pay.example.com/state" }, input: { fields: { key: string } }, output: { fields: { happened: boolean } } }
  pay: { http: { method: POST, url: "https://pay.example.com/charges" }, input: number, idempotency: header, verify: { tool: ask, with: { key: "\${key}" } } }
input: number
steps: [ { tool: pay } ]
`,
  },
  FC4013: {
    severity: "error",
    title: "`steps` is no value of its own",
    explain: "`steps`, `info` and `branches` are the names under which outputs are read: `steps.draft.text`. As a whole they cannot be passed on; write the object with the fields that you need.",
    bad: `flowctl: v1
flow: all
input: string
steps: [ { id: a, set: 1 } ]
value: "\${steps}"
`,
    good: `flowctl: v1
flow: all
input: string
steps: [ { id: a, set: 1 } ]
value: { a: "\${steps.a}" }
`,
  },
  FC4014: {
    severity: "warning",
    title: "A field that looks misspelt",
    explain: "An open object takes fields that its type does not declare, so this is legal; but the name is one typo away from a declared field that may be left out and is. If another field is meant, declare it.",
    bad: `flowctl: v1
flow: note
types: { Order: { type: object, required: [id], properties: { id: { type: string }, note: { type: string } } } }
input: Order
output: Order
value: { id: "\${input.id}", noet: "\${input.?note}" }
`,
    good: `flowctl: v1
flow: note
types: { Order: { type: object, required: [id], properties: { id: { type: string }, note: { type: string } } } }
input: Order
output: Order
value: { id: "\${input.id}", note: "\${input.?note}" }
`,
  },
  FC4015: {
    severity: "warning",
    title: "A text that is the name of a value",
    explain: "In data (`with`, `value`, `set`, `init` …) an expression stands in `${…}`; what stands outside is text, as it is written. This text is just what would be read there. What other tools write as `{{ input.id }}`, `{input.id}`, `$(input.id)` or `$input.id` is text too, also inside of a longer one and in a prompt. Keys that take an expression, such as `when` and `over`, need no `${…}`.",
    bad: `flowctl: v1
flow: greet
on: { manual: {} }
input: { fields: { name: string } }
value: { name: input.name }
`,
    good: `flowctl: v1
flow: greet
on: { manual: {} }
input: { fields: { name: string } }
value: { name: "\${input.name}" }
`,
  },
  FC4016: {
    severity: "error",
    title: "A recursive flow without an output type",
    explain: "A flow that is called from inside itself is checked before it is known what it yields. So its type is written down: `output:`. A call with `detach: true` needs none, for it yields the id of the run.",
    bad: `flowctl: v1
flow: countdown
input: { fields: { n: integer } }
limits: { depth: 10 }
steps:
  - { when: input.n == 0, return: 0 }
  - { call: countdown, with: { n: "\${input.n - 1}" } }
`,
    good: `flowctl: v1
flow: countdown
input: { fields: { n: integer } }
output: integer
limits: { depth: 10 }
steps:
  - { when: input.n == 0, return: 0 }
  - { call: countdown, with: { n: "\${input.n - 1}" } }
`,
  },
  FC4020: {
    severity: "error",
    title: "A request or an answer that its topic does not carry",
    explain:
      "A `request` tool sends its input as a message of one topic and takes its output from a message of another; a trigger with `reply` sends the flow's value to a topic. Where these topics declare what they carry (`message`), both must be the same thing: what the other side reads is checked against it, and would be a dead letter.",
    bad: `flowctl: v1
flow: quotes
topics:
  asked: { message: { fields: { n: integer } } }
  given: { message: { fields: { price: number } } }
on: { topic: asked, reply: given }
value: { cost: 1 }
`,
    good: `flowctl: v1
flow: quotes
topics:
  asked: { message: { fields: { n: integer } } }
  given: { message: { fields: { price: number } } }
on: { topic: asked, reply: given }
value: { price: 1 }
`,
  },
  FC4030: {
    severity: "error",
    title: "The path or query of a request does not fit the input",
    explain:
      "What stands in braces in the path of an `http` trigger is a field of the flow's `input`, and so is each name of the query where the request has no body (GET and DELETE). So the input is an object, and what the path names is one of its fields: a text, a number or a boolean.",
    bad: `flowctl: v1
flow: lookup
on: { http: { method: GET, path: "/orders/{order}" } }
input: { fields: { id: string } }
value: "\${input.id}"
`,
    good: `flowctl: v1
flow: lookup
on: { http: { method: GET, path: "/orders/{id}" } }
input: { fields: { id: string } }
value: "\${input.id}"
`,
  },
};
