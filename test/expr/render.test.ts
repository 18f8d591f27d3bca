import { describe, expect, it } from "vitest";
import type { Data } from "../../src/core/expression.js";
import type { Json } from "../../src/core/json.js";
import { compileData } from "../../src/expr/render.js";
import { checkTemplate } from "../../src/expr/template.js";
import { SCOPE, VALUES } from "./check-text.js";

const env = Object.assign(Object.create(null), VALUES);

/** As a flow file has it: texts may hold holes. */
function dataOf(value: Json): Data {
  if (typeof value === "string") return checkTemplate(value, SCOPE).data;
  if (Array.isArray(value)) return { data: "list", items: value.map(dataOf) };
  if (typeof value !== "object" || value === null) return { data: "literal", value };
  return { data: "object", fields: Object.entries(value).map(([key, field]) => [key, dataOf(field)] as const) };
}
const render = (value: Json): Json => compileData(dataOf(value))(env);

describe("data", () => {
  it("fills holes and keeps their types", () => {
    expect(render({ id: "${input.id}", n: "${input.count + 1}", text: "n = ${input.count}", list: ["${input.tags}", 1, null], at: "${run.now}", far: "${[duration('90s')]}" })).toEqual({
      id: "o1", n: 4, text: "n = 3", list: [["red", "green", "red"], 1, null], at: "2026-01-31T12:30:15.250Z", far: ["90s"],
    });
  });

  it("leaves out the key of an empty optional", () => {
    expect(render({ note: "${input.?note}", size: "${input.?size}", deep: { note: "${input.?note}" } })).toEqual({ size: 2, deep: {} });
    expect(() => render("${input.?note}")).toThrow("`input.?note` is absent");
  });

  it("raises what cannot be data, and says which expression", () => {
    for (const text of ["${1 / 0}", "${{'a': [0 / 0]}}", "${[-1 / 0]}"]) expect(() => render({ a: [text] })).toThrow("cannot be data");
    expect(() => render("rate: ${0 / 0}")).toThrow("`0 / 0` is NaN, which cannot be data");
    expect(() => render({ a: "${1 / 0}" })).toThrow("`1 / 0` is Infinity");
  });

  it("makes parts without holes once, and passes values on without copying them", () => {
    const make = compileData(dataOf({ fixed: { a: [1, { b: "x" }] }, free: "${input.items}" }));
    const [first, second] = [make(env), make(env)];
    expect(first).toEqual({ fixed: { a: [1, { b: "x" }] }, free: VALUES.input.items });
    expect(Object(first).fixed).toBe(Object(second).fixed);
    expect(Object(first).free).toBe(VALUES.input.items);
    expect(first).not.toBe(second);
  });

  it("holds a key called __proto__ as any other", () => {
    const keys = JSON.parse('{"__proto__":{"a":"${input.id}"},"b":{"__proto__":1}}');
    const made = render(keys);
    expect(JSON.stringify(made)).toBe('{"__proto__":{"a":"o1"},"b":{"__proto__":1}}');
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });

  it("converts deep values in linear time", () => {
    const deep = Array.from({ length: 60 }).reduce<string>((inner) => `[${inner}]`, "run.now");
    expect(JSON.stringify(render(`\${${deep}}`))).toContain("2026-01-31");
  });
});
