import { describe, expect, it } from "vitest";
import { printType } from "../../src/core/typing/print.js";
import { checkConnection } from "../../src/expr/connection.js";
import { checkPrompt } from "../../src/expr/prompt.js";
import { compileData, compilePrompt } from "../../src/expr/render.js";
import { checkTemplate } from "../../src/expr/template.js";
import { SCOPE, VALUES } from "./check-text.js";

const env = Object.assign(Object.create(null), VALUES);
const problemsOf = (problems: readonly { code: string; start: number; end: number }[], text: string): string => problems.map(({ code, start, end }) => `${code} ${text.slice(start, end)}`).join("; ");

function template(text: string): unknown {
  const { type, problems, data } = checkTemplate(text, SCOPE);
  return problems.length > 0 ? problemsOf(problems, text) : [printType(type), compileData({ data: "list", items: [data] })(env)];
}
function prompt(text: string): string {
  const checked = checkPrompt(text, SCOPE);
  return checked.problems.length > 0 ? `! ${problemsOf(checked.problems, text)}` : compilePrompt(checked.prompt)(env);
}

describe("templates", () => {
  it.each<[string, unknown]>([
    ["plain", ['"plain"', ["plain"]]],
    ["${input.count}", ["integer", [3]]],
    ["${ input.tags }", ["string[]", [["red", "green", "red"]]]],
    ["${input.?note}", ["optional string", [null]]],
    ["n: ${input.count}!", ["string", ["n: 3!"]]],
    ["${input.id}${input.count}", ["string", ["o13"]]],
    ["$${input.id}", ['"${input.id}"', ["${input.id}"]]],
    ["a $${b} ${input.id}", ["string", ["a ${b} o1"]]],
    ["cost: $5 {x} $", ['"cost: $5 {x} $"', ["cost: $5 {x} $"]]],
    ["${{'a': {'b': '}'}}}", ['{ a: { b: "}" } }', [{ a: { b: "}" } }]]],
    ["x ${'}' + \"{'\"} y", ["string", ["x }{' y"]]],
    ["${'''it's }'''}", ["\"it's }\"", ["it's }"]]],
    ["${'\\'}'}", ["\"'}\"", ["'}"]]],
    ["at ${run.now} ok", ["string", ["at 2026-01-31T12:30:15.250Z ok"]]],
    ["${run.now}", ["timestamp", ["2026-01-31T12:30:15.250Z"]]],
    ["${duration('90s')}", ["duration", ["90s"]]],
    ["tags: ${json(input.tags)}", ["string", ['tags: ["red","green","red"]']]],
    ["tags: ${input.tags}", "FC4108 ${input.tags}"],
    ["${{ input.id }}", "FC1100 ${{ input.id }}"],
    ["a ${{ size(input.tags) }} b", "FC1100 ${{ size(input.tags) }}"],
    ["x ${input.items[0]}", "FC4108 ${input.items[0]}"],
    ["x ${input.?note}", "FC4104 ${input.?note}"],
    ["x ${input.label}", "FC4105 ${input.label}"],
    ["x ${input.raw}", "FC4108 ${input.raw}"],
    ["x ${input.nme} ${input.idd}", "FC3101 nme; FC3101 idd"],
    ["a ${input.id", "FC1101 ${input.id"],
    ["a ${'x} b\nc", "FC1101 ${'x} b"],
    ["a ${} b", "FC1106 ${}"],
    ["${}", "FC1106 ${}"],
    ["x ${input.id +} y", "FC1100 +"],
    ["${env:KEY}", "FC1108 ${env:KEY}"],
    ["a ${file:x} ${vault:a#b}", "FC1108 ${file:x}; FC1108 ${vault:a#b}"],
    ["${if input.urgent}yes${end}", "FC1107 ${if input.urgent}"],
    ["${if input.urgent}yes${else}no${end} ${input.nme}", "FC1107 ${if input.urgent}; FC3101 nme"],
    ["${for x in input.items}${x.sku}${if x.qty > 1}!${end}${end}", "FC1107 ${for x in input.items}"],
    ["${end}", "FC1107 ${end}"],
  ])("%s", (text, expected) => expect(template(text)).toEqual(expected));

  it("gives places in the whole text", () => {
    expect(checkTemplate("ab ${ input.id } ${steps.done.ok}", SCOPE).reads).toEqual([{ path: ["input", "id"], start: 6, end: 14 }, { path: ["steps", "done", "ok"], start: 19, end: 32 }]);
  });
});

describe("prompts", () => {
  it.each([
    ["Hello ${input.id}.", "Hello o1."],
    ["${for x in input.items}- ${x.sku}: ${x.qty}\n${end}.", "- a: 2\n- b: 1\n- c: 5\n."],
    ["${for x in input.items}${if has(x.note)}${x.note}${else}(${x.sku})${end}${end}", "x(b)(c)"],
    ["${if input.urgent}now${end}${if !input.urgent}later${end}", "now"],
    ["${if input.count > 5}many${else}${if input.count > 2}some${else}few${end}${end}", "some"],
    ["${if(input.urgent)}now${end}", "now"],
    ["${for row in input.grid}${for cell in row}${cell},${end};${end}", "1,2,;3,;"],
    ["${for input in input.items}${input.sku}${end}${input.id}", "abco1"],
    ["${for x in input.?note.optMap(n, [n]).orValue([])}${x}${end}-", "-"],
    ["$${for} costs $5", "${for} costs $5"],
    ["${if has(input.note) && input.note != ''}${input.note}${end}", ""],
    ["${if input.label != null}${input.label + '!'}${else}none${end}", "none"],
    ["${input.note}", "! FC4100 input.note"],
    ["${if has(input.note)}x${else}${input.note}${end}", "! FC4100 input.note"],
    ["${for x in input.id}${x.y}${end}", "! FC4106 ${for x in input.id}"],
    ["${for x in input.?note}${x}${end}", "! FC4106 ${for x in input.?note}"],
    ["${if input.count}x${end}", "! FC4107 ${if input.count}"],
    ["${if input.urgent}x", "! FC1109 ${if input.urgent}"],
    ["${for x in input.tags}${x}", "! FC1109 ${for x in input.tags}"],
    ["a${end}b", "! FC1109 ${end}"],
    ["a${else}b", "! FC1109 ${else}"],
    ["${if input.urgent}a${else}b${else}c${end}d", "! FC1109 ${else}"],
    ["${for x in input.tags}a${else}b${end}", "! FC1109 ${else}"],
    ["${for x of input.tags}a${end}", "! FC1109 ${for x of input.tags}"],
    ["${if }x${end}", "! FC1106 ${if }"],
    ["${if}x${end}", "! FC1106 ${if}"],
    ["${for x in }x${end}", "! FC1109 ${for x in }"],
    ["${if input.urgent}a${else if input.count > 1}${input.nme}${end}", "! FC1109 ${else if input.count > 1}; FC3101 nme"],
    ["${if input.urgent}a${elif input.count > 1}b${else}c${end}", "! FC1109 ${elif input.count > 1}"],
    ["${if input.urgent}a${endif}", "! FC1109 ${endif}"],
    ["${for x in input.tags}${x}${end for}", "! FC1109 ${end for}"],
    ["${env:KEY}", "! FC1108 ${env:KEY}"],
    ["${input.tags}", "! FC4108 ${input.tags}"],
    ["${for x in input.nme}${x.a.b}${end}", "! FC3101 nme"],
  ])("%s", (text, expected) => expect(prompt(text)).toBe(expected));

  it("notes what is read outside, not what a loop binds", () => {
    const reads = checkPrompt("${for input in input.items}${input.sku}${run.id}${end}${input.id}", SCOPE).reads;
    expect(reads.map(({ path }) => path.join("."))).toEqual(["input.items", "run.id", "input.id"]);
  });
});

describe("connections", () => {
  const connection = (text: string): unknown => {
    const { connection: parts, problems, secrets } = checkConnection(text, SCOPE);
    return problems.length > 0 ? problemsOf(problems, text) : [parts.map((part) => (typeof part === "string" ? part : "secret" in part ? `<${part.secret} ${part.name}>` : part.text)), secrets.length];
  };
  it.each<[string, unknown]>([
    ["https://a.test/x", [["https://a.test/x"], 0]],
    ["Bearer ${env:TOKEN}", [["Bearer ", "<env TOKEN>"], 1]],
    ["${vault:kv/pay#key}${file:/run/secret}", [["<vault kv/pay#key>", "<file /run/secret>"], 2]],
    ["https://a.test/${input.id}?k=${env:K}", [["https://a.test/", "input.id", "?k=", "<env K>"], 1]],
    ["$${env:X}", [["${env:X}"], 0]],
    ["${env:}", "FC1106 ${env:}"],
    ["${env:A B}", "FC1106 ${env:A B}"],
    ["${env:X + 'a'}", "FC1106 ${env:X + 'a'}"],
    ["${vault:kv/pay}", "FC1106 ${vault:kv/pay}"],
    ["${secret:X}", "FC1100 :"],
    ["${env:A B", "FC1101 ${env:A B"],
    ["${input.tags}", "FC4108 ${input.tags}"],
    ["${input.nme}", "FC3101 nme"],
    ["${if input.urgent}a${end}", "FC1107 ${if input.urgent}"],
  ])("%s", (text, expected) => expect(connection(text)).toEqual(expected));
});
