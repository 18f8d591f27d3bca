import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import type { Model } from "../../src/core/ports/model.js";
import type { Tool } from "../../src/core/ports/tool.js";
import { type FlowPorts, StepError } from "../../src/index.js";
import { seededRandom } from "../support/seeded-random.js";

const HEAD = `flowctl: v1
flow: sample
types:
  Item: { fields: { sku: string, qty: integer } }
  Order: { fields: { id: string, kind: web | shop, items: "Item[]" } }
  Note: { fields: { text: string } }
models: { fast: { provider: scripted, model: m } }
topics: { out: { message: Note, key: msg.text } }
tools:
  look: { http: { method: GET, url: "https://api.example.com/look" }, input: { fields: { q: string } }, output: Note, errors: { missing: { status: [404] } } }
  save: { http: { method: POST, url: "https://api.example.com/save" }, input: Note, output: Note, idempotency: header }
  calc: { expr: "\${input.q + '!'}", input: { fields: { q: string } }, output: string }
agents:
  writer: { model: fast, instructions: "Write about \${input.text}", input: Note, output: Note }
`;
const of = (rest: string): string => `${HEAD}input: Order\n${rest}`;

export const ORDER: Json = { id: "o1", kind: "web", items: [{ sku: "a", qty: 2 }, { sku: "b", qty: 0 }, { sku: "c", qty: 5 }] };

/** Flows that between them have every step kind, with and without a failure. */
export const KINDS: Readonly<Record<string, string>> = {
  "set, tool, agent, emit": of(`steps:
  - { id: a, set: "\${input.items.map(i, i.qty)}" }
  - { id: b, tool: look, with: { q: "\${input.id}" } }
  - { id: c, agent: writer, with: { text: "\${steps.b.text}" } }
  - { id: d, tool: save, with: { text: "\${steps.c.text}" }, trust: model }
  - { id: e, tool: calc, with: { q: "\${steps.d.text}" } }
  - { emit: out, with: { text: "\${steps.e}" } }
value: { sum: "\${sum(steps.a)}", text: "\${steps.e}" }
`),
  "pure steps, two emits": of(`steps:
  - { id: a, set: "\${input.items.size()}" }
  - { emit: out, with: { text: one } }
  - { emit: out, with: { text: "\${string(steps.a)}" }, when: steps.a > 2 }
  - { id: never, when: steps.a > 9, set: 1 }
value: "\${has(steps.never) ? 1 : steps.a}"
`),
  "switch, and what stands behind it": of(`steps:
  - id: kind
    switch:
      - { when: input.kind == 'shop', value: 1 }
      - when: input.items.size() > 2
        do:
          - { id: asked, tool: look, with: { q: many } }
          - { emit: out, with: { text: "\${steps.asked.text}" } }
        value: 2
      - else: { value: 3 }
  - { id: next, agent: writer, with: { text: "\${string(steps.kind)}" } }
`),
  "a switch without a case that holds": of(`steps:
  - { id: first, agent: writer, with: { text: a } }
  - { id: none, switch: [ { when: input.id == 'x', value: 1 } ] }
  - { id: last, agent: writer, with: { text: b } }
value: "\${steps.?none.orValue(7)}"
`),
  "map, parallel, loop": of(`steps:
  - id: each
    map: { over: input.items, as: item, concurrency: 2 }
    do: [ { id: got, tool: look, with: { q: "\${item.sku}" } } ]
    value: "\${steps.got.text}"
  - id: both
    parallel: { join: all }
    branches:
      l: { do: [ { id: x, tool: look, with: { q: l } } ], value: "\${steps.x.text}" }
      r: { after: [l], value: "\${branches.l + 'r'}" }
  - id: sum
    loop: { init: 0, over: input.items, as: it }
    value: "\${state + it.qty}"
value: { each: "\${steps.each}", both: "\${steps.both}", sum: "\${steps.sum}" }
`),
  "call": `${of(`steps:
  - { id: a, call: other, with: { text: "\${input.id}" } }
  - { id: b, agent: writer, with: { text: "\${steps.a}" } }
`)}---
flowctl: v1
flow: other
input: { fields: { text: string } }
output: string
steps: [ { id: s, set: "\${input.text + '?'}" } ]
`,
  "return": of(`output: string
steps:
  - { id: a, tool: look, with: { q: x } }
  - { when: steps.a.text != '', return: early }
  - { id: b, agent: writer, with: { text: late } }
value: "\${steps.b.text}"
`),
  "fail": of(`steps:
  - { id: a, tool: look, with: { q: x } }
  - { emit: out, with: { text: before } }
  - { fail: { code: no_way, message: "not \${input.id}" } }
`),
  "a tool's failure caught": of(`steps:
  - { id: a, tool: look, with: { q: missing }, catch: [ { on: [missing], value: { text: none } } ] }
  - { id: b, agent: writer, with: { text: "\${steps.a.text}" } }
`),
  "a flow's own catch": of(`catch: [ { on: [missing], value: "\${error.step}" } ]
steps:
  - { id: b, agent: writer, with: { text: a } }
  - { id: a, tool: look, with: { q: missing } }
  - { id: c, agent: writer, with: { text: b } }
`),
};

export const PARKS = of(`steps:
  - { id: a, set: 1 }
  - { id: yes, ask: { question: "Ship \${input.id}?", output: { fields: { ok: boolean } } } }
value: "\${steps.yes.ok}"
`);

/** Answers that follow from the question, so that they are the same in every order. */
export function fakes(events: RunEvent[] = []): FlowPorts {
  const model: Model = {
    complete: async ({ messages }) => {
      const asked = messages.at(-1);
      return { text: JSON.stringify({ text: `about ${asked !== undefined && "text" in asked ? asked.text.length : 0}` }), toolCalls: [], usage: { in: 3, out: 2 }, finish: "stop" };
    },
  };
  return {
    random: seededRandom(),
    model: async () => model,
    tool: async (_plan, name): Promise<Tool> => ({
      async call({ input }) {
        const text = JSON.stringify(input);
        if (text.includes("missing")) throw new StepError("missing", "not found");
        return { text: `${name} ${text.length}` };
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    observer: { event: (event) => void events.push(event) },
  };
}
