import { describe, expect, it } from "vitest";
import { checkText, errorsOf } from "./check-text.js";

const PRICING = `flowctl: v1
flow: { id: pricing, version: 2.1.0 }
types: { Ask: { fields: { sku: string } } }
tools: { price: { http: { method: GET, url: "https://api.example.com/prices" }, input: Ask, output: { fields: { price: number } } } }
input: Ask
output: { fields: { price: number } }
steps: [ { id: p, tool: price }, { when: steps.p.price < 0, fail: { code: no_price, message: none } } ]
value: "\${steps.p}"
`;
const caller = (step: string, rest = ""): string => `flowctl: v1\nflow: shop\ninput: { fields: { sku: string } }\nsteps:\n  - ${step}\n${rest}`;
const both = (step: string, rest?: string): string => `${caller(step, rest)}---\n${PRICING}`;

describe("call", () => {
  it("takes and gives what the flow takes and gives, and raises what it raises", () => {
    expect(errorsOf(both("{ id: c, call: pricing, catch: [ { on: [no_price, unavailable], value: { price: 0 } } ] }", 'value: "${steps.c.price + 1}"\n'))).toEqual([]);
    expect(errorsOf(both("{ call: pricing, with: { sku: 1 } }"))).toEqual(["FC4001@5"]);
    expect(errorsOf(both("{ call: pricing, catch: [ { on: [no_prize], value: 1 } ] }"))).toEqual(["FC3014@5"]);
    expect(errorsOf(both("{ id: c, call: pricing }", 'value: "${steps.c.prize}"\n'))).toEqual(["FC3101@6"]);
  });

  it("is looked up in the project's flow files", () => {
    expect(checkText(caller("{ call: pricing }"), { "pricing.yaml": PRICING }, ["pricing.yaml"]).errors).toEqual([]);
    expect(checkText(caller("{ call: prising }"), { "pricing.yaml": PRICING }, ["pricing.yaml"]).errors).toMatchObject([{ at: "FC3010@5", hint: "did you mean `pricing`?" }]);
  });

  it("checks the major version", () => {
    expect(errorsOf(both("{ call: pricing@2 }"))).toEqual([]);
    expect(errorsOf(both("{ call: pricing@1 }"))).toEqual(["FC3010@5"]);
  });

  it("is inlined, with paths under the caller's", () => {
    const [flow] = checkText(both("{ id: c, call: pricing }")).flows;
    const [step] = flow?.draft.body.steps ?? [];
    expect(step).toMatchObject({ kind: "call", flow: "pricing", block: { steps: [{ id: "p", tool: "price" }, { id: "fail1" }] } });
    expect([...(flow?.steps.values() ?? [])].map(({ path }) => path)).toEqual(expect.arrayContaining(["c", "c/p", "c/fail1"]));
    expect(Object.keys(flow?.draft.tools ?? {})).toEqual(["price"]);
  });

  it("keeps two things of one name apart", () => {
    const text = both("{ id: c, call: pricing }").replace("input: { fields: { sku: string } }\n", 'input: { fields: { sku: string } }\ntools: { price: { http: { method: GET, url: "https://other.example.com" }, input: { fields: { sku: string } }, output: string } }\n').replace("steps:\n", "steps:\n  - { tool: price }\n");
    const [flow] = checkText(text).flows;
    expect(Object.keys(flow?.draft.tools ?? {})).toEqual(["price", "pricing/price"]);
  });

  it("does not call itself, nor in a circle", () => {
    expect(errorsOf(caller("{ call: shop }"))).toEqual(["FC2090@5"]);
    const ring = `${caller("{ call: other }")}---\nflowctl: v1\nflow: other\ninput: { fields: { sku: string } }\nsteps: [ { call: shop } ]\n`;
    expect(errorsOf(ring).every((at) => at.startsWith("FC2090"))).toBe(true);
    expect(errorsOf(ring).length).toBeGreaterThan(0);
  });

  it("ends only the called flow with `return`", () => {
    const text = `${caller("{ id: c, call: quick }", 'value: "${steps.c}"\n')}---\nflowctl: v1\nflow: quick\ninput: { fields: { sku: string } }\nsteps: [ { return: x } ]\n`;
    expect(errorsOf(text)).toEqual([]);
  });
});

describe("many documents in one file", () => {
  it("are checked each in its own names", () => {
    expect(errorsOf(`${PRICING}---\nflowctl: v1\nflow: other\ninput: Ask\nsteps: [ { set: 1 } ]\n`)).toEqual(["FC3040@12"]);
  });
});
