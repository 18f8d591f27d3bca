import type { CodeTable } from "./entry.js";

/** Names: declarations, imports, step ids, files. */
export const FC3_NAMES: CodeTable = {
  FC3001: {
    severity: "error",
    title: "Unknown name",
    explain:
      "Nothing with this name is declared in this file or in the libraries that it imports. Names are case-sensitive, and what a library with a prefix declares is written with it: `lib.writer`. Look at the hint: it is often a typo, or a thing of another kind (a tool where an agent is asked for).",
    bad: `flowctl: v1
flow: greeting
agents: { writer: { model: openai/gpt-4o-mini, instructions: Greet this person. } }
input: string
steps: [ { agent: writter } ]
`,
    good: `flowctl: v1
flow: greeting
agents: { writer: { model: openai/gpt-4o-mini, instructions: Greet this person. } }
input: string
steps: [ { agent: writer } ]
`,
  },
  FC3002: {
    severity: "error",
    title: "A name is declared twice",
    explain:
      "`use` as a list merges libraries into the file, so each name may stand there once. Rename one of the two, or import the library with a prefix: `use: { lib: ./shared.yaml }` makes its names `lib.name`. Two documents of a file are two flows, so they differ in id or version.",
    bad: `flowctl: v1
flow: charge
use: [./shared.yaml]
types: { Order: { fields: { id: string } } }
input: Order
steps: [ { set: "\${input.id}" } ]
`,
    good: `flowctl: v1
flow: charge
use: { lib: ./shared.yaml }
types: { Order: { fields: { id: string } } }
input: Order
steps: [ { set: "\${input.id}" } ]
`,
    files: { "shared.yaml": `flowctl: v1\ntypes: { Order: { fields: { id: string, total: number } } }\n` },
  },
  FC3003: {
    severity: "error",
    title: "A step id is used twice",
    explain: "Ids are unique in a flow, also over branches, cases and loop bodies: a step's place in the journal and its idempotency key are made from them. Rename one of the two. A step that nobody reads needs no id.",
    bad: `flowctl: v1
flow: twice
input: string
steps:
  - { id: a, set: 1 }
  - { id: a, set: 2 }
`,
    good: `flowctl: v1
flow: twice
input: string
steps:
  - { id: a, set: 1 }
  - { id: b, set: 2 }
`,
  },
  FC3004: {
    severity: "error",
    title: "An imported file is missing",
    explain: "`use` names a file that is not there. Its path is relative to the file that it stands in, not to the folder where flowctl runs.",
    bad: `flowctl: v1
flow: alone
use: [./missing.yaml]
input: string
steps: [ { set: "\${input}" } ]
`,
    good: `flowctl: v1
flow: alone
input: string
steps: [ { set: "\${input}" } ]
`,
  },
  FC3005: {
    severity: "error",
    title: "Files import each other in a circle",
    explain: "A library may import others, but no chain of imports may lead back to where it began. Move what the files share to a library that imports none of them.",
    bad: `flowctl: v1
flow: circle
use: [./a.yaml]
input: string
steps: [ { set: "\${input}" } ]
`,
    good: `flowctl: v1
flow: circle
use: [./c.yaml]
input: string
steps: [ { set: "\${input}" } ]
`,
    files: {
      "a.yaml": `flowctl: v1\nuse: [./b.yaml]\n`,
      "b.yaml": `flowctl: v1\nuse: [./a.yaml]\n`,
      "c.yaml": `flowctl: v1\ntypes: { Id: string }\n`,
    },
  },
  FC3006: {
    severity: "error",
    title: "What is imported is a flow",
    explain: "`use` imports libraries: files with the same sections and no `flow:`. Move what is shared to such a file. To run another flow as a part of this one, write a `call` step.",
    bad: `flowctl: v1
flow: outer
use: [./inner.yaml]
input: string
steps: [ { set: "\${input}" } ]
`,
    good: `flowctl: v1
flow: outer
use: [./library.yaml]
input: string
steps: [ { set: "\${input}" } ]
`,
    files: {
      "inner.yaml": `flowctl: v1\nflow: inner\ninput: string\nsteps: [ { set: "\${input}" } ]\n`,
      "library.yaml": `flowctl: v1\ntypes: { Id: string }\n`,
    },
  },
  FC3007: {
    severity: "error",
    title: "A file is missing",
    explain: "A prompt (`{ file: … }`) or a module (`module: ./tool.ts#name`) names a file that is not there. Paths are relative to the file that they stand in.",
    bad: `flowctl: v1
flow: greeting
agents: { writer: { model: openai/gpt-4o-mini, instructions: { file: prompts/writer.md } } }
input: string
steps: [ { agent: writer } ]
`,
    good: `flowctl: v1
flow: greeting
agents: { writer: { model: openai/gpt-4o-mini, instructions: { file: writer.md } } }
input: string
steps: [ { agent: writer } ]
`,
    files: { "writer.md": "Greet this person.\n" },
  },
  FC3008: {
    severity: "error",
    title: "Unknown error code",
    explain: "`retry.on` lists error codes: those of the language (`timeout`, `unavailable`, `rate_limit` …) and those that tools declare under `errors`. This is none of them.",
    bad: `flowctl: v1
flow: retrying
policies: { net: { retry: { max: 3, on: [timeouts] } } }
tools: { fetch: { http: { method: GET, url: "https://api.example.com/items" }, input: string } }
input: string
steps: [ { tool: fetch, policy: net } ]
`,
    good: `flowctl: v1
flow: retrying
policies: { net: { retry: { max: 3, on: [timeout] } } }
tools: { fetch: { http: { method: GET, url: "https://api.example.com/items" }, input: string } }
input: string
steps: [ { tool: fetch, policy: net } ]
`,
  },
  FC3009: {
    severity: "error",
    title: "An id is another step's default one",
    explain: "A step without `id` is called `<kind><n>`, the n-th of its kind in its block: `set1`, `agent2`. A written id must not be the default one of another step, or nobody could say which is meant.",
    bad: `flowctl: v1
flow: clash
input: string
steps:
  - { set: 1 }
  - { id: set1, set: 2 }
`,
    good: `flowctl: v1
flow: clash
input: string
steps:
  - { set: 1 }
  - { id: second, set: 2 }
`,
  },
  FC3010: {
    severity: "error",
    title: "Unknown flow",
    explain: "`call` names a flow by its id, or by `id@major`. It is looked up in the documents of this file, then in the project's flow files.",
    bad: `flowctl: v1
flow: outer
input: string
steps: [ { call: pricing } ]
`,
    good: `flowctl: v1
flow: outer
input: string
steps: [ { call: pricing } ]
---
flowctl: v1
flow: pricing
input: string
steps: [ { set: 1 } ]
`,
  },
  FC3011: {
    severity: "error",
    title: "`extends` leads back to itself",
    explain: "`extends` takes the keys of another declaration and lets you write over some of them. A chain of them ends at a declaration that extends nothing.",
    bad: `flowctl: v1
flow: loop
agents:
  a: { extends: b }
  b: { extends: a }
input: string
steps: [ { agent: a } ]
`,
    good: `flowctl: v1
flow: loop
agents:
  a: { extends: b, repair: 2 }
  b: { model: openai/gpt-4o-mini, instructions: Greet this person. }
input: string
steps: [ { agent: a } ]
`,
  },
  FC3013: {
    severity: "error",
    title: "Branches wait for each other",
    explain: "`after` names branches that must be done first. A branch that waits for itself, or two that wait for each other, would never start.",
    bad: `flowctl: v1
flow: deadlock
input: string
steps:
  - parallel: {}
    branches:
      a: { after: [b], value: 1 }
      b: { after: [a], value: 2 }
`,
    good: `flowctl: v1
flow: in-order
input: string
steps:
  - parallel: {}
    branches:
      a: { after: [b], value: 1 }
      b: { value: 2 }
`,
  },
  FC3014: {
    severity: "error",
    title: "The error code is not raised here",
    explain:
      "A `catch` clause lists codes that what it guards can raise: every step `timeout`, `expr` and `limit`; tools and agents `unavailable`, `rate_limit`, `invalid_output`, `refused`, `unknown` and the tool's own `errors`; agents also `budget`; `ask` `denied`; a `fail` its own code. This one can never come, so the clause would never run.",
    bad: `flowctl: v1
flow: catching
tools: { fetch: { http: { method: GET, url: "https://api.example.com/items" }, input: string, output: string } }
input: string
steps:
  - { id: got, tool: fetch, catch: [ { on: [denied], value: none } ] }
`,
    good: `flowctl: v1
flow: catching
tools: { fetch: { http: { method: GET, url: "https://api.example.com/items" }, input: string, output: string } }
input: string
steps:
  - { id: got, tool: fetch, catch: [ { on: [unavailable], value: none } ] }
`,
  },
  FC3015: {
    severity: "error",
    title: "A name of the language is taken",
    explain: "`as` gives an element a name, and branches are fields of what their step gives. Neither may be called like something that the language itself puts there (`input`, `steps`, `state`, `winner` …), which it would hide.",
    bad: `flowctl: v1
flow: hiding
input: { type: array, items: { type: string } }
steps:
  - { map: { over: input, as: input }, value: "\${input}" }
`,
    good: `flowctl: v1
flow: showing
input: { type: array, items: { type: string } }
steps:
  - { map: { over: input, as: word }, value: "\${word}" }
`,
  },
  FC3016: {
    severity: "error",
    title: "Tools undo each other in a circle",
    explain: "A tool's `compensate` names the tool that undoes its calls. What undoes is not undone itself, so a `compensate` there that leads back says nothing. Where a tool is used both ways, write the `compensate` at the steps.",
    bad: `flowctl: v1
flow: f
input: { fields: { id: string } }
tools:
  open: { http: { method: POST, url: "https://api.example/open" }, input: { fields: { id: string } }, output: { fields: { id: string } }, compensate: { tool: close } }
  close: { http: { method: POST, url: "https://api.example/close" }, input: { fields: { id: string } }, output: { fields: { id: string } }, compensate: { tool: open } }
steps:
  - { saga: {}, do: [ { tool: open } ] }
`,
    good: `flowctl: v1
flow: f
input: { fields: { id: string } }
tools:
  open: { http: { method: POST, url: "https://api.example/open" }, input: { fields: { id: string } }, output: { fields: { id: string } }, compensate: { tool: close } }
  close: { http: { method: POST, url: "https://api.example/close" }, input: { fields: { id: string } }, output: { fields: { id: string } } }
steps:
  - { saga: {}, do: [ { tool: open } ] }
`,
  },
  FC3017: {
    severity: "warning",
    title: "A model of the project that no flow has",
    explain: "`models` of `flowctl.yaml`, and of a profile there, changes models that flows declare. No flow declares one of this name, and there is one of nearly the same that the profile leaves as it is: with a profile that answers from a script it would still be asked for real. Write the name as the flow does.",
    bad: "flowctl: v1\nflow: f\nmodels: { small: { provider: openai, model: gpt-4o-mini } }\nagents: { a: { model: small, instructions: Hello } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: a } ]\n",
    good: "flowctl: v1\nflow: f\nmodels: { smal: { provider: openai, model: gpt-4o-mini } }\nagents: { a: { model: smal, instructions: Hello } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: a } ]\n",
    from: "run",
  },
};
