import { describe, expect, it } from "vitest";
import { checkFlowText, checkText, errorsOf } from "../types/check-text.js";

describe("names of declarations", () => {
  it("suggests what was meant", () => {
    const { errors } = checkFlowText('steps: [ { agent: writr, with: { q: "${input.id}" } } ]');
    expect(errors).toMatchObject([{ at: "FC3001@5", text: "writr", hint: "did you mean `writer`?" }]);
  });

  it("says when the name is that of another kind of thing", () => {
    const { errors } = checkFlowText('steps: [ { agent: fetch, with: { q: "${input.id}" } } ]');
    expect(errors[0]?.hint).toBe("`fetch` is a tool: a step that uses it is `tool: fetch`");
  });

  it.each([
    ["a tool", 'steps: [ { tool: fech, with: { q: "${input.id}" } } ]', "FC3001@5"],
    ["a topic", 'steps: [ { emit: done, with: { id: "${input.id}" } } ]', "FC3001@5"],
    ["a policy", "steps: [ { set: 1, policy: net } ]", "FC3001@5"],
    ["a model", "agents: { a: { model: slow, instructions: Go., input: Text } }\nsteps: [ { set: 1 } ]", "FC3001@5"],
    ["an agent's tool", "agents: { a: { model: fast, instructions: Go., input: Text, tools: [fech] } }\nsteps: [ { set: 1 } ]", "FC3001@5"],
    ["a base", "agents: { a: { extends: writr } }\nsteps: [ { set: 1 } ]", "FC3001@5"],
    ["a tool that verifies", 'tools: { t: { extends: ping, verify: { tool: outcome, with: { key: "${key}" } } } }\nsteps: [ { set: 1 } ]', "FC3001@5"],
    ["a trigger's topic", "on: orders\nsteps: [ { set: 1 } ]", "FC3001@5"],
    ["a code that is retried", "policies: { net: { retry: { on: [time_out] } } }\nsteps: [ { set: 1, policy: net } ]", "FC3008@5"],
    ["a type", "output: Oder\nsteps: [ { set: 1 } ]", "FC3040@5"],
  ])("misses %s", (_what, rest, expected) => {
    expect(checkFlowText(rest).errors.map(({ at }) => at)).toEqual([expected]);
  });

  it("takes a tool's own errors and the language's codes in retry.on", () => {
    expect(checkFlowText('policies: { net: { retry: { on: [timeout, locked] } } }\nsteps: [ { tool: pay, policy: net, with: { amount: "${input.total}" } } ]').errors).toEqual([]);
  });

  it("takes a model as provider/model where its name stands", () => {
    const { errors, flows } = checkFlowText('agents: { a: { model: [fast, openai/gpt-4o], instructions: Go. } }\nsteps: [ { agent: a } ]');
    expect(errors).toEqual([]);
    expect(flows[0]?.draft.agents["a"]?.models).toEqual(["fast", "openai/gpt-4o"]);
    expect(flows[0]?.draft.models["openai/gpt-4o"]).toMatchObject({ provider: "openai", model: "gpt-4o" });
    expect(flows[0]?.draft.binding.secrets).toEqual([{ secret: "env", name: "OPENAI_API_KEY" }]);
  });
});

describe("extends", () => {
  const base = "agents:\n  a: { model: fast, instructions: \"Go. ${input.text}\", input: Text, output: Verdict, repair: 3, limits: { turns: 4, usd: 1 } }\n";

  it("overrides key by key, and no deeper", () => {
    const { errors, flows } = checkFlowText(`${base}  b: { extends: a, limits: { turns: 2 } }\nsteps: [ { agent: b, with: { text: "\${input.id}" } } ]`);
    expect(errors).toEqual([]);
    expect(flows[0]?.draft.agents["b"]).toMatchObject({ repair: 3, limits: { turns: 2, timeout: 60_000 } });
    expect(flows[0]?.draft.agents["b"]?.limits.usd).toBeUndefined();
  });

  it("is checked after the merge", () => {
    const { errors } = checkFlowText(`${base}  b: { extends: a, input: { fields: { body: string } } }\nsteps: [ { set: 1 } ]`);
    expect(errors.map(({ at }) => at.replace(/@.*/, ""))).toEqual(["FC3101"]);
  });

  it("works for tools, models and policies, over a chain", () => {
    const { errors, flows } = checkFlowText(
      [
        "models: { slow: { extends: fast, model: gpt-4o } }",
        'tools: { get: { extends: fetch, output: { fields: { text: string, size: number } } }, got: { extends: get, summary: Gets. } }',
        "policies: { a: { timeout: 2s, retry: { max: 5 } }, b: { extends: a, timeout: 3s } }",
        "agents: { w: { extends: writer, model: slow } }",
        'steps: [ { id: g, tool: got, policy: b, with: { q: "${input.id}" } }, { agent: w, with: { q: "${string(steps.g.size)}" } } ]',
      ].join("\n"),
    );
    expect(errors).toEqual([]);
    expect(flows[0]?.draft.policies["b"]).toMatchObject({ timeout: 3000, retry: { max: 5 } });
    expect(flows[0]?.draft.models["slow"]).toMatchObject({ provider: "openai", model: "gpt-4o" });
  });

  it("resolves what is inherited where it was written", () => {
    const library = `flowctl: v1\ntypes: { Text: { fields: { text: string } } }\nmodels: { fast: { provider: openai, model: gpt-4o-mini } }\nagents: { base: { model: fast, instructions: "Go. \${input.text}", input: Text, output: Text } }\n`;
    const text = `flowctl: v1\nflow: sample\nuse: { lib: ./lib.yaml }\ntypes: { Text: { fields: { other: string } } }\nagents: { mine: { extends: lib.base, output: Text } }\ninput: lib.Text\nsteps: [ { id: m, agent: mine } ]\nvalue: "\${steps.m.other}"\n`;
    expect(errorsOf(text, { "lib.yaml": library })).toEqual([]);
  });

  it("names a circle, once", () => {
    const { errors } = checkFlowText("agents: { a: { extends: b }, b: { extends: a } }\nsteps: [ { agent: a } ]");
    expect(errors.map(({ at }) => at.replace(/@.*/, ""))).toEqual(["FC3011", "FC3011"].slice(0, errors.length));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThan(3);
  });

  it("misses a key that nothing in the chain has", () => {
    expect(checkFlowText("agents: { a: { extends: a2 }, a2: { extends: a3 }, a3: { instructions: Go. } }\nsteps: [ { set: 1 } ]").errors.every(({ at }) => at === "FC2003@5")).toBe(true);
  });
});

describe("files", () => {
  it("reads a prompt beside the file that declares it, and finds its errors there", () => {
    const library = "flowctl: v1\nmodels: { m: { provider: openai, model: gpt-4o } }\nagents: { a: { model: m, instructions: { file: prompts/a.md }, input: { fields: { text: string } } } }\n";
    const text = 'flowctl: v1\nflow: sample\nuse: [./lib/lib.yaml]\ninput: string\nsteps: [ { agent: a, with: { text: "${input}" } } ]\n';
    expect(errorsOf(text, { "lib/lib.yaml": library, "lib/prompts/a.md": "Go.\n\nWrite ${input.text}\n" })).toEqual([]);
    const { errors } = checkText(text, { "lib/lib.yaml": library, "lib/prompts/a.md": "Go.\n\nWrite ${input.txt}\n" });
    expect(errors).toMatchObject([{ at: "FC3101@lib/prompts/a.md:3", text: "txt", hint: "did you mean `text`?" }]);
  });

  it("misses a prompt and a module at their paths", () => {
    const text = 'flowctl: v1\nflow: sample\ninput: string\nmodels: { m: { provider: openai, model: gpt-4o } }\nagents: { a: { model: m, instructions: { file: a.md } } }\ntools: { t: { module: ./t.ts#run, input: string, effect: read } }\nsteps: [ { agent: a }, { tool: t } ]\n';
    expect(errorsOf(text)).toEqual(["FC3007@5", "FC3007@6"]);
    expect(checkText(text).errors.map(({ message }) => message)).toEqual(["There is no file `a.md`", "There is no file `./t.ts`"]);
    const library = 'flowctl: v1\nagents: { a: { model: openai/gpt-4o, input: string, instructions: { file: a.md } } }\n';
    expect(checkText("flowctl: v1\nflow: sample\nuse: [lib/lib.yaml]\ninput: string\nsteps: [ { agent: a } ]\n", { "lib/lib.yaml": library }).errors).toMatchObject([{ message: "There is no file `a.md` (looked for `lib/a.md`)" }]);
  });

  it("keeps a module's hash and its path from the flow's file", () => {
    const text = "flowctl: v1\nflow: sample\ninput: string\ntools: { t: { module: ./tools/t.ts#run, input: string, effect: read } }\nsteps: [ { tool: t } ]\n";
    const [flow] = checkText(text, { "tools/t.ts": "export const run = () => 1;" }).flows;
    expect(Object.keys(flow?.draft.code ?? {})).toEqual(["tools/t.ts"]);
    expect(flow?.draft.tools["t"]).toMatchObject({ kind: "module", file: "tools/t.ts", export: "run" });
  });
});

describe("step ids", () => {
  it("are unique, over blocks too", () => {
    const { errors } = checkFlowText("steps:\n  - { id: a, set: 1 }\n  - switch: [ { when: input.total > 1, do: [ { id: a, set: 2 } ] } ]\nvalue: \"${steps.a}\"");
    expect(errors).toMatchObject([{ at: "FC3003@7", text: "a" }]);
  });

  it("does not go on about a step that reads what its namesake gave", () => {
    expect(checkFlowText('steps:\n  - { id: a, set: 1 }\n  - { id: a, set: "${steps.a + 1}" }').errors.map(({ at }) => at)).toEqual(["FC3003@7"]);
  });

  it("are <kind><n> when left out: counted by kind in each block", () => {
    const { flows } = checkFlowText('steps:\n  - { set: 1 }\n  - { id: x, set: 2 }\n  - { set: 3 }\n  - switch: [ { when: input.total > 1, do: [ { set: 4 } ] } ]\nvalue: "${steps.set3}"');
    expect(flows[0]?.draft.body.steps.map(({ id }) => id)).toEqual(["set1", "x", "set3", "switch1"]);
  });

  it("may not be written like another's default", () => {
    expect(checkFlowText("steps:\n  - { set: 1 }\n  - { id: set1, set: 2 }").errors.map(({ at }) => at)).toEqual(["FC3009@7"]);
  });
});
