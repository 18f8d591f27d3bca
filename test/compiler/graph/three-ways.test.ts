import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/event.js";
import type { Json } from "../../../src/core/json.js";
import { loadFlows, world } from "../../support/runtime.js";

/** What a run did, whatever its events are grouped in and whenever they came (I42). */
const done = (events: readonly RunEvent[]): readonly string[] =>
  events
    .flatMap((event) => {
      if (event.type === "steps.computed") return event.data.items.map(({ path, ...item }) => `${path} ${JSON.stringify(item.output ?? null)}`);
      if (event.type === "step.completed") return [`${event.path} ${JSON.stringify(event.data.output ?? null)}`];
      if (event.type === "message.emitted") return [`${event.path} emits ${event.data.topic} ${event.data.key} ${event.data.id} ${JSON.stringify(event.data.payload)}`];
      if (event.type === "run.finished") return [`finished ${event.data.status} ${JSON.stringify([event.data.output ?? null, event.data.error ?? null])}`];
      return event.type === "step.failed" ? [`${event.path} fails ${event.data.error.code}`] : [];
    })
    .sort();

const HEAD = `
types: { In: { fields: { n: number } } }
topics: { out: {} }
tools:
  look: { module: ./tools.ts#look, input: In, output: In, effect: read }
  note: { module: ./tools.ts#note, input: In, output: In, effect: write, idempotency: key }
on: { manual: {} }
input: In
`;
const FLOWS: Readonly<Record<string, string>> = {
  "pure steps": `
steps:
  - { id: twice, set: { n: "\${input.n * 2}" } }
  - id: size
    switch:
      - { when: steps.twice.n > 4, value: big }
      - else: { value: small }
  - { when: input.n == 3, return: "\${steps.size}" }
  - { id: each, map: { over: "[1, 2]", as: x }, do: [ { set: "\${x + input.n}" } ] }
  - { emit: out, with: { n: "\${steps.twice.n}", size: "\${steps.size}", each: "\${steps.each}" } }
value: "\${steps.size}"
`,
  "a chain of tools": `
steps:
  - { id: a, tool: look }
  - { id: b, when: steps.a.n > 1, tool: note, with: "\${steps.a}" }
  - { emit: out, with: { n: "\${steps.?b.n.orValue(0)}" } }
  - { when: steps.a.n > 3, fail: { code: big, message: "too big" } }
value: "\${steps.a.n}"
`,
  "a switch with effects": `
steps:
  - { id: a, tool: look }
  - id: way
    switch:
      - { when: steps.a.n > 3, do: [ { fail: { code: big, message: "too big" } } ] }
      - { when: steps.a.n > 1, do: [ { id: b, tool: note, with: "\${steps.a}" }, { emit: out, with: { n: 1 } } ], value: noted }
      - { when: steps.a.n == 0, do: [ { return: none } ] }
  - { set: 1 }
  - { emit: out, with: { way: "\${steps.?way.orValue('passed')}" } }
catch: [ { on: [big], do: [ { emit: out, with: { late: true } } ], value: rescued } ]
value: "\${steps.?way.orValue('passed')}"
`,
};

describe.each(Object.entries(FLOWS))("expanded, fused and without the Pregel loop: %s", (name, body) => {
  const text = `flowctl: v1\nflow: f${HEAD}${body}`;
  const run = async (layout: "fused" | "expanded", n: number) => {
    const same = (input: Json): Json => input;
    const { runtime, events, read } = world(text, { look: same, note: same }, { layout });
    await runtime.start();
    const { status, output, error, emitted } = await runtime.manual("f", { n });
    const sent = await read("out");
    await runtime.close();
    return { status, output, error, emitted, sent, done: done(events) };
  };

  it.each([0, 1, 2, 3, 5])("has the same outcome for %i", async (n) => {
    const fused = await run("fused", n);
    expect(await run("expanded", n)).toEqual(fused);
    expect(fused.done.length).toBeGreaterThan(0);
  });

  it("is run in different ways", () => {
    const plan = loadFlows(text)[0]?.plan;
    expect(plan?.graph.expanded.nodes.length).toBeGreaterThan(plan?.graph.fused.nodes.length ?? 0);
    expect(plan?.graph.fused.nodes.length === 1).toBe(name !== "a switch with effects");
  });
});
