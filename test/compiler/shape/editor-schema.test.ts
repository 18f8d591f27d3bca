import { globSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { toJson } from "../../../src/compiler/types/to-json.js";
import { parseYaml } from "../../../src/compiler/parse/parse.js";
import { flowSchema, projectSchema } from "../../../src/compiler/shape/editor-schema.js";
import { CODES } from "../../../src/core/codes/table.js";
import { flow, shapeText, step } from "./shape-text.js";
import { WRONG } from "./wrong.js";

const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true });
ajv.addKeyword("markdownDescription");
const validates = ajv.compile(flowSchema());
const projectValidates = ajv.compile(projectSchema());
const documents = (text: string) => parseYaml({ path: "x.yaml", text }).documents.map((node) => toJson(node));

/** What a JSON Schema does not say, and `validate` does. */
const BEYOND: readonly string[] = [
  "flowctl: v1\nflow: a\n",
  "flowctl: v1\nsteps: [ { set: 1 } ]\n",
  step("{ switch: [ { else: [] }, { when: x, do: [] } ] }"),
  step("{ switch: [ { when: x } ] }"),
  step("{ map: { over: xs } }"),
  step("{ set: 1, id: in }"),
  step("{ set: 1, timeout: 0s }"),
  step("{ parallel: {}, branches: {} }"),
  step("{ emit: t }"),
  step("{ ask: { question: q, output: A, timeout: 1h }, timeout: 1h }"),
  step('{ ask: { question: "Go?", output: A, on_timeout: false } }'),
  flow("agents: { a: { instructions: x } }\nsteps: [ { set: 1 } ]"),
  flow("on: { http: { method: POST, path: orders } }\ninput: string\nsteps: [ { set: 1 } ]"),
  flow('on: { http: { method: GET, path: "/a/{id}/{id}" } }\ninput: string\nsteps: [ { set: 1 } ]'),
  flow("on: { http: { method: GET, path: /a//b } }\ninput: string\nsteps: [ { set: 1 } ]"),
  flow('on: { http: { method: GET, path: "/runs/{id}" } }\ninput: string\nsteps: [ { set: 1 } ]'),
  flow("on: { schedule: x }\nsteps: [ { set: 1 } ]"),
  flow('on: { schedule: "0 0 31 6 *" }\nsteps: [ { set: 1 } ]'),
  flow('on: { schedule: "@daily", zone: Europe/Berln }\nsteps: [ { set: 1 } ]'),
  flow("models: { m: { provider: openai } }\nsteps: [ { set: 1 } ]"),
];

describe("schemas/flow.schema.json", () => {
  const flows = globSync("flows/*/*.yaml").filter((path) => !path.endsWith("flowctl.yaml"));
  it.each(flows)("accepts %s", (path) => {
    for (const document of documents(readFileSync(path, "utf8"))) expect(validates(document), ajv.errorsText(validates.errors)).toBe(true);
  });
  it.each(Object.entries(CODES).filter(([code, { good }]) => code.startsWith("FC2") && good !== ""))("accepts the good example of %s", (_code, { good }) => {
    expect(shapeText(good).found).toEqual([]);
    for (const document of documents(good)) expect(validates(document), ajv.errorsText(validates.errors)).toBe(true);
  });
  it("refuses what is wrong, but for what only `validate` can see", () => {
    const blind = WRONG.map(([text]) => text).filter((text) => documents(text).every((document) => validates(document)));
    expect(blind.sort()).toEqual(BEYOND.toSorted());
  });
  it("says what each key is for, also of those that are not supported", () => {
    expect(flowSchema()).toMatchObject({ properties: { trace: { not: {}, description: expect.stringContaining("Not supported") }, timeout: { description: expect.stringContaining("longest time") } } });
  });
});

describe("schemas/project.schema.json", () => {
  it.each(globSync("flows/**/flowctl.yaml"))("accepts %s", (path) => {
    for (const document of documents(readFileSync(path, "utf8"))) expect(projectValidates(document), ajv.errorsText(projectValidates.errors)).toBe(true);
  });
  it("accepts and refuses", () => {
    expect(projectValidates({ store: "sqlite:x.db", broker: "embedded", profiles: { offline: { store: "memory" } } })).toBe(true);
    expect(projectValidates({ store: "mysql" })).toBe(false);
    expect(projectValidates({ telemetry: {} })).toBe(false);
  });
});
