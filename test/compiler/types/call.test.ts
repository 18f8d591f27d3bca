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

  it("finds the newest version, of a major where one is said", () => {
    const old = PRICING.replace("2.1.0", "1.4.0").replaceAll("price: number", "price: string").replace("steps.p.price < 0", "steps.p.price == ''");
    const files = { "a.yaml": PRICING, "b.yaml": old, "c.yaml": PRICING.replace("2.1.0", "2.1.1-beta.2").replaceAll("price: number", "price: boolean").replace("steps.p.price < 0", "steps.p.price") };
    const check = (step: string, read: string) => checkText(caller(step, `value: "\${${read}}"\n`), files, Object.keys(files)).errors;
    expect(check("{ id: c, call: pricing@1 }", "size(steps.c.price)")).toEqual([]);
    expect(check("{ id: c, call: pricing }", "steps.c.price ? 1 : 2")).toEqual([]);
    expect(check("{ id: c, call: pricing@2 }", "steps.c.price ? 1 : 2")).toEqual([]);
    expect(check("{ id: c, call: pricing@3 }", "1")).toMatchObject([{ at: "FC3010@5", message: "The flow `pricing` is version 2.1.0 and 1.4.0 and 2.1.1-beta.2, not 3", hint: "did you mean `pricing@2` or `pricing@1`?" }]);
    // Both in one flow, each for itself.
    expect(checkText(caller('{ id: c, call: pricing@1 }\n  - { id: d, call: pricing@2 }', 'value: "${steps.d.price ? steps.c.price : \'\'}"\n'), files, Object.keys(files)).errors).toEqual([]);
  });

  it("ends only the called flow with `return`", () => {
    const text = `${caller("{ id: c, call: quick }", 'value: "${steps.c}"\n')}---\nflowctl: v1\nflow: quick\ninput: { fields: { sku: string } }\nsteps: [ { return: x } ]\n`;
    expect(errorsOf(text)).toEqual([]);
  });
});

describe("a call that is a run of its own", () => {
  const ring = (more = "", of = "shop", detach = ""): string => `${caller(`{ id: c, call: other${detach} }`, more)}---\nflowctl: v1\nflow: other\ninput: { fields: { sku: string } }\n${of === "other" ? "limits: { depth: 2 }\n" : ""}output: string\nsteps: [ { call: shop } ]\n`;

  it("says how deep a circle goes, in one of its flows", () => {
    expect(errorsOf(caller("{ call: shop }", "output: string\n"))).toEqual(["FC5071@5"]);
    expect(errorsOf(caller("{ call: shop }", "output: string\nlimits: { depth: 1 }\n"))).toEqual([]);
    expect(errorsOf(ring("output: string\n")).every((at) => at.startsWith("FC5071"))).toBe(true);
    expect(errorsOf(ring("output: string\nlimits: { depth: 4 }\n"))).toEqual([]);
    expect(errorsOf(ring("output: string\n", "other"))).toEqual([]);
    expect(errorsOf(ring("output: string\n", "shop", ", detach: true").replace('value: "${steps.c}"\n', "")).length).toBeGreaterThan(0);
  });

  it("counts a circle over a detached call, and the least limit", () => {
    const [shop, other] = checkText(ring("output: { fields: { run: string } }\nlimits: { depth: 4 }\n", "other", ", detach: true").replace("output: string\nsteps", "output: { fields: { run: string } }\nsteps")).flows;
    expect(shop?.draft.body.steps).toMatchObject([{ kind: "call", block: { steps: [] }, run: { as: "other@0.0.0", detached: true, depth: 2 } }]);
    expect(Object.keys(shop?.draft.flows ?? {})).toEqual(["other@0.0.0", "shop@0.0.0"]);
    expect(other?.draft.body.steps).toMatchObject([{ block: { steps: [{ run: { as: "other@0.0.0", detached: true, depth: 2 } }] } }]);
  });

  it("needs a type where it yields the value of itself", () => {
    expect(errorsOf(caller("{ call: shop }", "limits: { depth: 1 }\n"))).toEqual(["FC4016@5"]);
    expect(errorsOf(caller("{ id: c, call: shop, detach: true }", 'limits: { depth: 1 }\nvalue: "${steps.c.run}"\n'))).toEqual([]);
  });

  it("raises what the flow raises further on, and `limit`", () => {
    const flow = (code: string): string => caller(`{ call: shop, catch: [ { on: [${code}], value: x } ] }`, "  - { when: size(input.sku) > 3, fail: { code: long, message: no } }\n  - { set: y }\noutput: string\nlimits: { depth: 3 }\n");
    expect(errorsOf(flow("long"))).toEqual([]);
    expect(errorsOf(flow("limit"))).toEqual([]);
    expect(errorsOf(flow("denied"))).toEqual([]);
    expect(errorsOf(flow("lang"))).toEqual(["FC3014@5"]);
  });
});

describe("many documents in one file", () => {
  it("are checked each in its own names", () => {
    expect(errorsOf(`${PRICING}---\nflowctl: v1\nflow: other\ninput: Ask\nsteps: [ { set: 1 } ]\n`)).toEqual(["FC3040@12"]);
  });
});
