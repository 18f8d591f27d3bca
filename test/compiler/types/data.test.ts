import { describe, expect, it } from "vitest";
import { checkFlowText } from "./check-text.js";

const errors = (rest: string, input?: string): readonly string[] => checkFlowText(rest, input).errors.map(({ at }) => at);

describe("data against the other side", () => {
  it("reports at the narrowest place", () => {
    const found = checkFlowText(`types: { Deep: { fields: { a: { fields: { b: "Item[]" } } } } }
topics: { deep: { message: Deep } }
steps:
  - emit: deep
    with:
      a:
        b:
          - { sku: x, qty: 1 }
          - { sku: x, qty: "\${input.id}" }
          - { sku: x }
          - { sku: x, qty: 1, extra: 1 }`).errors;
    expect(found.map(({ at, text }) => `${at} ${text}`)).toEqual(['FC4001@13 "${input.id}"', "FC4002@14 { sku: x }", "FC4003@15 extra"]);
    expect(found[0]?.message).toContain("a.b[].qty");
  });

  it("finds every problem of one object", () => {
    expect(errors('steps: [ { agent: writer, with: { q: 1, contxt: x } } ]')).toEqual(["FC4001@5", "FC4003@5"]);
  });

  it("says a misspelt required field once", () => {
    expect(checkFlowText("steps: [ { agent: checker, with: { txt: x } } ]").errors).toMatchObject([{ at: "FC4003@5", text: "txt", hint: "did you mean `text`?" }]);
  });

  it.each([
    ["a number for text", "steps: [ { agent: writer, with: { q: 5 } } ]", "FC4001"],
    ["text for a number", "steps: [ { tool: pay, with: { amount: five } } ]", "FC4001"],
    ["text for an object", "steps: [ { tool: pay, with: five } ]", "FC4001"],
    ["a list for an object", "steps: [ { tool: pay, with: [ 5 ] } ]", "FC4001"],
    ["null for text", "steps: [ { agent: writer, with: { q: null } } ]", "FC4001"],
    ["a word outside the enum", "topics: { t: { message: { fields: { kind: web | shop } } } }\nsteps: [ { emit: t, with: { kind: phone } } ]", "FC4001"],
    ["a wider enum", "topics: { t: { message: { fields: { kind: web | shop } } } }\nsteps: [ { emit: t, with: { kind: \"${input.kind}\" } } ]", "FC4001"],
    ["a fraction for an integer", "topics: { t: { message: Item } }\nsteps: [ { emit: t, with: { sku: x, qty: 1.5 } } ]", "FC4001"],
    ["a number for an integer", "topics: { t: { message: Item } }\nsteps: [ { emit: t, with: { sku: x, qty: \"${input.total}\" } } ]", "FC4001"],
    ["another object", 'steps: [ { agent: writer, with: "${input}" } ]', "FC4001"],
    ["the flow's input by default", "steps: [ { agent: writer } ]", "FC4001"],
    ["a list of other things", "topics: { t: { message: { fields: { xs: \"string[]\" } } } }\nsteps: [ { emit: t, with: { xs: \"${input.items}\" } } ]", "FC4001"],
    ["the flow's output", "output: Text\nsteps: [ { set: 1 } ]\nvalue: { text: 1 }", "FC4001"],
    ["a return", "output: Text\nsteps: [ { return: { text: 1 } } ]", "FC4001"],
    ["an answer by timeout", 'steps: [ { ask: { question: "?", output: Verdict, timeout: 1h, on_timeout: { ok: maybe } } } ]', "FC4001"],
    ["an answer that is filled in", 'steps: [ { ask: { question: "?", output: Verdict, default: { okay: true } } } ]', "FC4003"],
    ["an open object for a closed one", "topics: { t: { message: Text } }\nsteps: [ { id: a, set: \"${input}\" }, { emit: t, with: \"${steps.a}\" } ]", "FC4001"],
  ])("refuses %s", (_what, rest, code) => {
    expect(errors(rest).map((at) => at.replace(/@.*/, ""))).toEqual([code]);
  });

  it.each([
    ["an integer for a number", 'steps: [ { tool: pay, with: { amount: "${size(input.items)}" } } ]'],
    ["a narrower enum", "topics: { t: { message: { fields: { kind: web | shop | phone } } } }\nsteps: [ { emit: t, with: { kind: \"${input.total > 1 ? 'web' : 'shop'}\" } } ]"],
    ["a time for text", "topics: { t: { message: { fields: { at: string } } } }\nsteps: [ { emit: t, with: { at: \"${run.now}\" } } ]"],
    ["text of several parts", 'steps: [ { agent: writer, with: { q: "${input.id}: ${input.total}" } } ]'],
    ["the literal `$${`", 'steps: [ { agent: writer, with: { q: "costs $${5}" } } ]'],
    ["any JSON to a topic without a message", 'topics: { t: {} }\nsteps: [ { emit: t, with: [ 1, "${input}", { x: null } ] } ]'],
    ["what an emit sent", 'topics: { t: { message: Item } }\nsteps: [ { id: e, emit: t, with: { sku: x, qty: 1 } }, { agent: writer, with: { q: "${steps.e.sku}" } } ]'],
    ["what the step before an emit gave", 'topics: { t: { message: Text } }\nsteps: [ { agent: writer, with: { q: x } }, { emit: t } ]'],
    ["text of an agent without output", 'steps: [ { id: a, agent: talker, with: { text: x } }, { agent: writer, with: { q: "${steps.a}" } } ]'],
  ])("takes %s", (_what, rest) => {
    expect(errors(rest)).toEqual([]);
  });

  it("holds literals against the rules of the schema", () => {
    const topic = 'topics: { t: { message: { type: object, required: [n], additionalProperties: false, properties: { n: { type: integer, minimum: 1 }, s: { type: string, pattern: "^a" } } } } }\n';
    expect(errors(`${topic}steps: [ { emit: t, with: { n: 0 } } ]`)).toEqual(["FC4010@6"]);
    expect(errors(`${topic}steps: [ { emit: t, with: { n: 1, s: abc } } ]`)).toEqual([]);
    expect(checkFlowText(`${topic}steps: [ { emit: t, with: { n: "\${size(input.items)}", s: xyz } } ]`).errors).toMatchObject([{ at: "FC4010@6", text: "xyz" }]);
  });

  it("finds a literal that fits two of the forms of a oneOf", () => {
    const topic = "topics: { t: { message: { oneOf: [ { type: object, properties: { a: { type: number } } }, { type: object, required: [b], properties: { b: { type: number } } } ] } } }\n";
    expect(errors(`${topic}steps: [ { emit: t, with: { a: 1 } } ]`)).toEqual([]);
    expect(errors(`${topic}steps: [ { emit: t, with: { a: 1, b: 2 } } ]`)).toEqual(["FC4010@6"]);
  });

  it("wants a value of an `expr` tool that declares no output", () => {
    const tool = (value: string): string => `tools: { note: { expr: "\${${value}}", input: Order } }\nsteps: [ { id: n, tool: note } ]\nvalue: "\${steps.n}"`;
    expect(errors(tool("input.?note"))).toEqual(["FC4004@5"]);
    expect(errors(tool("input.?note.orValue('')"))).toEqual([]);
  });

  it("has times in a map as text", () => {
    const step = 'steps:\n  - { id: a, set: { at: "${ {input.id: run.now} }" } }\n';
    expect(errors(`${step}value: "\${steps.a.at[?input.id].orValue('').contains('2026')}"`)).toEqual([]);
    expect(errors(`${step}value: "\${steps.a.at[?input.id].optMap(t, t.getHours())}"`)).toEqual(["FC4106@7"]);
  });

  it.each([
    ["any JSON", '{ anyOf: [ { type: [string, number, "null"] }, { type: array, items: { $ref: "#/types/T" } }, { type: object, additionalProperties: { $ref: "#/types/T" } } ] }'],
    ["lists of themselves", '{ type: array, items: { $ref: "#/types/T" } }'],
    ["forms of themselves", '{ anyOf: [ { type: string }, { type: object, required: [not], properties: { not: { $ref: "#/types/T" } } }, { type: object, required: [a, b], properties: { a: { $ref: "#/types/T" }, b: { $ref: "#/types/T" } } } ] }'],
    ["two that contain themselves", '{ allOf: [ { $ref: "#/types/A" }, { $ref: "#/types/B" } ] }'],
  ])("takes types that hold %s", (_what, type) => {
    const types = `types:\n  T: ${type}\n  A: { type: object, properties: { next: { $ref: "#/types/A" }, a: { type: string } } }\n  B: { type: object, properties: { next: { $ref: "#/types/B" } } }\n  In: { fields: { t: T } }\n`;
    expect(checkFlowText(`${types}steps:\n  - { id: s, set: "\${input.t}" }\n  - { id: l, loop: { init: "\${input.t}", max: 1, on_max: stop }, value: "\${steps.s}" }\nvalue: "\${json(steps.l)}"\n`, "In").errors).toEqual([]);
  });

  it("picks the member of a union that is meant", () => {
    const shape = `types:
  Shape: { oneOf: [ { type: object, required: [kind, r], properties: { kind: { const: circle }, r: { type: number } } }, { type: object, required: [kind, a], properties: { kind: { const: square }, a: { type: number } } } ] }
topics: { t: { message: Shape } }
`;
    expect(errors(`${shape}steps: [ { emit: t, with: { kind: circle, r: 1 } }, { emit: t, with: { kind: square, a: 1 } } ]`)).toEqual([]);
    expect(checkFlowText(`${shape}steps: [ { emit: t, with: { kind: circle, r: big } } ]`).errors).toMatchObject([{ at: "FC4001@8", text: "big" }]);
  });

  it("does not read a tool that declares no output", () => {
    const found = checkFlowText('steps: [ { id: p, tool: ping, with: { id: x } }, { set: "${steps.p}" } ]').errors;
    expect(found.map(({ at }) => at)).toEqual(["FC3103@5"]);
    expect(found[0]?.message).toContain("declare its `output`");
  });

  it("does not send on what may not be there", () => {
    expect(errors('topics: { t: {} }\nsteps: [ { when: input.total > 1, set: 1 }, { emit: t } ]')).toEqual(["FC4009@6"]);
    expect(errors('topics: { t: {} }\nsteps: [ { tool: ping, with: { id: x } }, { emit: t } ]')).toEqual(["FC4009@6"]);
  });
});

describe("pick", () => {
  it("lies in `from`", () => {
    const agents = 'agents: { web: { extends: checker }, shop: { extends: checker }, phone: { extends: checker } }\n';
    expect(errors(`${agents}steps: [ { agent: { pick: input.kind, from: [web, shop, phone] }, with: { text: x } } ]`)).toEqual([]);
    expect(checkFlowText(`${agents}steps: [ { agent: { pick: input.kind, from: [web, shop] }, with: { text: x } } ]`).errors).toMatchObject([{ at: "FC4008@6" }]);
    expect(errors(`${agents}steps: [ { agent: { pick: input.id, from: [web, shop] }, with: { text: x } } ]`)).toEqual(["FC4008@6"]);
    expect(errors(`${agents}steps: [ { agent: { pick: input.kind, from: [web, shop, fone] }, with: { text: x } } ]`)).toContain("FC3001@6");
  });

  it("fits each and gives what one of them gives", () => {
    const agents = 'agents: { web: { extends: checker }, shop: { extends: writer }, phone: { extends: checker } }\n';
    expect(errors(`${agents}steps: [ { agent: { pick: input.kind, from: [web, shop, phone] }, with: { text: x } } ]`)).toHaveLength(1);
    const same = 'agents: { web: { extends: checker }, shop: { extends: checker, output: Text }, phone: { extends: checker } }\n';
    expect(errors(`${same}steps:\n  - { id: a, agent: { pick: input.kind, from: [web, shop, phone] }, with: { text: x } }\n  - { set: "\${steps.a.?ok.orValue(false)}" }`)).toEqual([]);
    expect(errors(`${same}steps:\n  - { id: a, agent: { pick: input.kind, from: [web, shop, phone] }, with: { text: x } }\n  - { set: "\${steps.a.ok}" }`)).toEqual(["FC4100@8"]);
  });
});

describe("keys that hold expressions", () => {
  it.each([
    ["when", "steps: [ { when: input.total, set: 1 } ]", "FC4005"],
    ["when, of text", "steps: [ { when: input.id, set: 1 } ]", "FC4005"],
    ["when, optional", "steps: [ { when: \"input.?note\", set: 1 } ]", "FC4005"],
    ["over", "steps: [ { map: { over: input.id }, value: 1 } ]", "FC4005"],
    ["join", "steps: [ { map: { over: input.items, join: input.total / 2 }, value: 1 } ]", "FC4005"],
    ["while", "steps: [ { loop: { init: 0, while: state, max: 3 }, value: 1 } ]", "FC4005"],
    ["until", "steps: [ { loop: { init: 0, until: state + 1, max: 3 }, value: 1 } ]", "FC4005"],
    ["a topic's key", "topics: { t: { message: Order, key: msg.items } }\nsteps: [ { emit: t, with: \"${input}\" } ]", "FC4005"],
    ["check", 'agents: { a: { extends: writer, guards: { output: [ { check: output.text } ] } } }\nsteps: [ { agent: a, with: { q: x } } ]', "FC4005"],
  ])("checks `%s`", (_what, rest, code) => {
    expect(errors(rest).map((at) => at.replace(/@.*/, ""))).toEqual([code]);
  });

  it("takes `${…}` around a whole key", () => {
    expect(errors('steps: [ { when: "${input.total > 1}", set: 1 } ]')).toEqual([]);
  });

  it("reads an agent's own input and output in guards", () => {
    expect(errors('agents: { a: { extends: writer, guards: { input: [ { check: size(input.q) > 0 } ], output: [ { check: size(output.text) > 0, on_fail: repair } ] } } }\nsteps: [ { agent: a, with: { q: x } } ]')).toEqual([]);
    expect(errors('agents: { a: { extends: writer, guards: { input: [ { check: size(output.text) > 0 } ] } } }\nsteps: [ { agent: a, with: { q: x } } ]')).toHaveLength(1);
  });

  it.each(["input.id", "$input.id", '"{{ input.id }}"', '"{input.id}"', "steps.a.text"])("warns about a text that is the name of a value: %s", (text) => {
    const { errors: none, warnings } = checkFlowText(`steps: [ { id: a, agent: writer, with: { q: x } }, { id: b, agent: writer, with: { q: ${text} } } ]`);
    expect(none).toEqual([]);
    expect(warnings).toMatchObject([{ at: "FC4015@5", hint: expect.stringContaining(text.includes("steps") ? '"${steps.a.text}"' : '"${input.id}"') }]);
  });

  it.each(["$input", '"{{ input }}"', '"{input}"'])("and of the whole input, as other tools write it: %s", (text) => {
    const { errors: found, warnings } = checkFlowText(`steps: [ { loop: { init: 1, type: integer, max: 2 }, value: ${text} } ]`);
    expect({ found, warnings }).toMatchObject({ found: [{ at: "FC4001@5", hint: expect.stringContaining('"${input}"') }], warnings: [] });
    for (const plain of ["input", "$inputs", '"{inputs}"', '"$input, please"']) expect(checkFlowText(`steps: [ { agent: writer, with: { q: ${plain} } } ]`)).toMatchObject({ errors: [], warnings: [] });
  });

  it("warns about braces of other tools inside of a text, also around a path that is wrong, and in prompts", () => {
    const inside = (value: string): unknown => checkFlowText(`steps: [ { id: a, set: 1 }, { set: ${value} } ]`);
    const hint = (path: string): object => ({ errors: [], warnings: [{ at: "FC4015@5", hint: expect.stringContaining(`write \`\${${path}}\``) }] });
    expect(inside('"for {{ input.id }}, please"')).toMatchObject(hint("input.id"));
    expect(inside('"${input.id}: {{input.total}}"')).toMatchObject(hint("input.total"));
    expect(inside('"{{ steps.a.output.text }}"')).toMatchObject(hint("steps.a.output.text"));
    expect(inside('"{{ name }} and {{ }} and { input.id } and {{ user.id }}"')).toMatchObject({ errors: [], warnings: [] });
    expect(checkFlowText('steps: [ { ask: { question: "Ship {{ input.id }}?", output: string } } ]')).toMatchObject(hint("input.id"));
  });

  it.each(["size(input.id)", "'${state.id}'.x", "steps.a.text.contains('x')", '"{{ steps.a.?text.orValue(1) }}"'])("and of no expression but one that can be read there: %s", (text) => {
    const { warnings } = checkFlowText(`steps: [ { id: a, agent: writer, with: { q: x } }, { set: ${JSON.stringify(text)} } ]`);
    expect(warnings).toHaveLength(text.startsWith("'") ? 0 : 1);
  });

  it.each(["input.?note.orValue('-')", "{{ has(input.note) ? input.note : '' }}", "{input.id + 'x'}", "$(input.id)", "$(size(input.id))", "input.id + '/' + string(input.total)"])("warns about a text that is an expression: %s", (text) => {
    const { errors: none, warnings } = checkFlowText(`steps: [ { set: ${JSON.stringify(text)} } ]`);
    expect({ none, warnings }).toMatchObject({ none: [], warnings: [{ at: "FC4015@5" }] });
  });

  it.each(["for $input.id, please", "for {input.id}, please", "for $(input.id), please"])("warns about holes of other tools inside of a text: %s", (text) => {
    const warned = (value: string): unknown => checkFlowText(`steps: [ { set: ${JSON.stringify(value)} } ]`).warnings;
    expect(warned(text)).toMatchObject([{ at: "FC4015@5", hint: expect.stringContaining("`${input.id}`") }]);
    // As the hint says it, where the text is meant, and what cannot be read.
    expect(warned(text.replace(/\S*input\.id\)?\}?/, (whole) => `\${'${whole}'}`))).toEqual([]);
    expect(warned(text.replace("input.id", "input.nothing"))).toEqual([]);
  });

  it("takes prose, file names and code for text", () => {
    for (const text of ["the input (of the order) is checked", "input.md", "input", "e.g. input, steps", '{"input": {"id": 1}}', "input: [a, b]", "see steps.txt (run 2)"]) {
      expect({ text, ...checkFlowText(`steps: [ { set: ${JSON.stringify(text)} } ]`) }).toMatchObject({ text, errors: [], warnings: [] });
    }
  });

  it("says once that a text stands where what it names was meant", () => {
    const { errors: found, warnings } = checkFlowText("steps: [ { id: a, set: 1 }, { loop: { init: 1, type: integer, max: 2 }, value: input.total } ]");
    expect({ found, warnings }).toMatchObject({ found: [{ at: "FC4001@5", hint: expect.stringContaining('"${input.total}"') }], warnings: [] });
  });

  it.each([
    ["input.id", "`input.id != ''`"],
    ["input.total", "`input.total != 0`"],
    ["input.?note", "compare that"],
  ])("says how %s is made a condition", (when, hint) => {
    expect(checkFlowText(`steps: [ { when: "${when}", set: 1 } ]`).errors).toMatchObject([{ at: "FC4005@5", hint: expect.stringContaining(hint) }]);
  });

  it.each(["input.md", "steps.b.text", "other.id", "input", "see input.id", "${input.id}", "${'input.id'}"])("takes other text as it is: %s", (text) => {
    expect(checkFlowText(`steps: [ { agent: writer, with: { q: "${text}" } } ]`)).toMatchObject({ errors: [], warnings: [] });
  });
});
