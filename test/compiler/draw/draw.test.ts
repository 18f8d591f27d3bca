import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { drawMermaid } from "../../../src/compiler/draw/mermaid.js";
import { drawTerminal } from "../../../src/compiler/draw/terminal.js";

const text = `flowctl: v1
flow: { id: orders, version: 1.2.0 }
types: { Order: { fields: { id: string, total: number, ids: "string[]" } } }
topics: { orders.new: { message: Order, key: msg.id }, orders.done: {} }
tools: { look: { http: { method: GET, url: "https://api.example/look" }, input: { fields: { id: string } }, output: { fields: { id: string } } } }
agents: { judge: { model: openai/gpt-4o-mini, instructions: Judge., input: Order, output: { fields: { risk: number } } } }
on: { topic: orders.new, where: msg.total > 0, dedupe: { key: msg.id, ttl: 1h }, ordering: key }
steps:
  - { id: risk, agent: judge }
  - id: gate
    switch:
      - when: "steps.risk.risk > 0.8 && 'a\\"b' != input.id"
        do: [ { when: input.total > 9, fail: { code: risky, message: "no" } } ]
        value: 1
      - else: { value: 2 }
  - id: both
    parallel: {}
    branches:
      one: [ { tool: look, with: { id: "\${input.id}" } } ]
      two: { after: [one], when: input.total > 1, do: [ { set: 1 } ] }
  - id: each
    map: { over: input.ids, as: id }
    do: [ { tool: look, with: { id: "\${id}" }, catch: [ { on: [timeout], do: [ { set: { id: late } } ] } ] } ]
  - { emit: orders.done, with: { id: "\${input.id}" } }
catch: [ { on: [timeout], do: [ { set: 3 } ] } ]
value: 1
`;
const plan = (source = text) => {
  const { flows, diagnostics } = compile({ entries: [{ path: "orders.yaml", text: source }], read: () => null });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const made = flows[0]?.plan;
  if (made === undefined || made === null) throw new Error("no plan");
  return made;
};

describe("a drawing", () => {
  it("says what runs are ordered by", () => {
    expect(drawTerminal(plan(text.replace("ordering: key", "ordering: { by: msg.id, release: parked }")))).toContain("in order of msg.id");
  });

  it("for the terminal has one line a step, blocks indented under what leads to them", () => {
    expect(drawTerminal(plan())).toBe(`orders 1.2.0, class J (journaled)
◆ topic orders.new, where msg.total > 0, once per msg.id, in order of key
├─ risk: agent judge
├─ gate: switch
│  ├─ (steps.risk.risk > 0.8 && 'a"b' != input.id)
│  │  └─ fail risky  when input.total > 9
│  └─ (else)
├─ both: parallel, join all
│  ├─ (one)
│  │  └─ tool look
│  └─ (two after one when input.total > 1)
│     └─ set
├─ each: map over input.ids
│  └─ tool look
│     └─ (catch timeout)
│        └─ set
├─ emit orders.done
├─ (catch timeout)
│  └─ set
└─ value
`);
  });

  it("in Mermaid has topics, agents and tools in their own shapes, and edges where the flow goes on", () => {
    expect(drawMermaid(plan())).toBe(`flowchart TD
  n0[("orders.new")]
  n1{{"risk: agent judge"}}
  n0 -- "where msg.total #gt; 0" --> n1
  n2{"gate: switch"}
  n1 --> n2
  n3(["fail risky (when input.total #gt; 9)"])
  n2 -- "steps.risk.risk #gt; 0.8 #amp;#amp; 'a#quot;b' != input.id" --> n3
  n4["both: parallel, join all"]
  n3 --> n4
  n2 -- "else" --> n4
  n5[["tool look"]]
  n4 -- "one" --> n5
  n6["set"]
  n5 -- "two when input.total #gt; 1" --> n6
  n7["each: map over input.ids"]
  n6 --> n7
  subgraph s8["each pass of each"]
  n9[["tool look"]]
  n7 --> n9
  n10["set"]
  n9 -- "catch timeout" --> n10
  end
  n11["emit orders.done"]
  n9 --> n11
  n10 --> n11
  n12[("orders.done")]
  n11 -.-> n12
  n13(["catch timeout"])
  n14["set"]
  n13 --> n14
  n15(["end"])
  n11 --> n15
  n14 --> n15
`);
  });
});
