import { describe, expect, it } from "vitest";
import { checkDocument } from "../../../src/compiler/types/check.js";
import type { Outside } from "../../../src/compiler/types/binding.js";
import { load } from "../../../src/compiler/names/load.js";

const flow = (more: string): string => `flowctl: v1\nflow: sample\ninput: string\n${more}steps: [ { agent: a } ]\n`;
const codes = (text: string, outside: Outside): readonly string[] => {
  const loaded = load([{ path: "flow.yaml", text }], () => null);
  return loaded.documents.flatMap((document) => checkDocument(document, loaded.world, outside).diagnostics.map(({ code }) => code));
};

describe("models and the world outside", () => {
  const limited = flow("models: { m: { provider: openai, model: own } }\nagents: { a: { model: m, instructions: Go., limits: { usd: 1 } } }\n");
  const budget = flow("models: { m: { provider: openai, model: own } }\nagents: { a: { model: m, instructions: Go. } }\nbudget: { usd: 1 }\n");

  it("needs a price under a usd limit and under a budget", () => {
    expect(codes(limited, { priced: () => false })).toEqual(["FC6002"]);
    expect(codes(budget, { priced: () => false })).toEqual(["FC6002"]);
    expect(codes(limited, { priced: () => true })).toEqual([]);
    expect(codes(limited.replace("model: own", "model: own, price: { in: 1, out: 2 }"), { priced: () => false })).toEqual([]);
    expect(codes(budget.replace("usd: 1", "tokens: 1000"), { priced: () => false })).toEqual([]);
  });

  it("needs an adapter for the provider", () => {
    expect(codes(flow("agents: { a: { model: acme/large, instructions: Go. } }\n"), { providers: new Set(["openai"]) })).toEqual(["FC6003"]);
    const named = load([{ path: "flow.yaml", text: limited.replace("provider: openai", "provider: acme") }], () => null);
    const [problem] = named.documents.flatMap((document) => checkDocument(document, named.world, { providers: new Set(["openai"]) }).diagnostics);
    expect(problem).toMatchObject({ code: "FC6003", message: expect.stringContaining("`acme` of the model `m`"), hint: expect.stringContaining("`base_url`") });
  });

  it("asks nothing that nobody can answer", () => {
    expect(codes(limited, {})).toEqual([]);
  });
});
