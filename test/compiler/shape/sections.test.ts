import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { parseDuration } from "../../../src/core/parse-duration.js";
import { flow, shapeOk, shapeText } from "./shape-text.js";

const withSection = (text: string) => shapeOk(flow(`${text}\nsteps: [ { set: 1 } ]`));

describe("short forms are the long ones", () => {
  it("flow: name", () => {
    expect(withSection("").flow).toMatchObject({ id: { value: "hello" }, version: "0.0.0" });
  });
  it("on: topic, a trigger, a list", () => {
    expect(withSection("on: a.b").flow?.on).toMatchObject([{ kind: "topic", topic: { value: "a.b" } }]);
    expect(withSection("on: [ a, { manual: {} } ]").flow?.on).toMatchObject([{ kind: "topic" }, { kind: "manual" }]);
    expect(withSection("").flow?.on).toEqual([]);
  });
  it("model: a name, provider/model, a list", () => {
    const { agents } = withSection("agents: { a: { model: openai/gpt-4o-mini }, b: { model: [fast, lib.big] } }");
    expect(agents.map(({ value }) => value.model?.map(({ value }) => value))).toEqual([["openai/gpt-4o-mini"], ["fast", "lib.big"]]);
  });
  it("use: a list, or prefixes", () => {
    expect(withSection("use: [./a.yaml, ./b.yaml]").use).toMatchObject([{ path: { value: "./a.yaml" } }, { path: { value: "./b.yaml" } }]);
    expect(withSection("use: { lib: ./a.yaml }").use).toMatchObject([{ path: { value: "./a.yaml" }, prefix: { value: "lib" } }]);
  });
  it("idempotency: header", () => {
    const { tools } = withSection("tools: { a: { http: { method: POST, url: https://x }, idempotency: header }, b: { http: { method: POST, url: https://x }, idempotency: { field: id, window: 1d } } }");
    expect(tools.map(({ value }) => value.idempotency?.value)).toEqual([
      { kind: "header", header: "Idempotency-Key" },
      { kind: "field", field: "id", window: 86_400_000 },
    ]);
  });
  it("ordering: key", () => {
    expect(withSection("on: { topic: t, ordering: key }").flow?.on).toMatchObject([{ ordering: { by: "key" } }]);
    expect(withSection("on: { topic: t, ordering: { by: msg.id, release: parked } }").flow?.on).toMatchObject([{ ordering: { by: { text: "msg.id" }, release: "parked" } }]);
  });
  it("a guard refuses unless it says otherwise", () => {
    const { agents } = withSection("agents: { a: { model: m, guards: { output: [ { check: x }, { check: y, on_fail: repair } ] } } }");
    expect(agents[0]?.value.guards).toMatchObject({ input: [], output: [{ onFail: "refuse" }, { onFail: "repair" }] });
  });
});

describe("sections", () => {
  it("a module tool has a path and an export", () => {
    expect(withSection("tools: { a: { module: ./a.ts#b } }").tools[0]?.value.form).toMatchObject({ kind: "module", path: { value: "./a.ts" }, export: "b" });
  });
  it("provider-specific keys of a model are its options; a scripted model needs no name", () => {
    const { models } = withSection("models: { a: { provider: openai, model: m, top_p: 0.5 }, b: { provider: scripted, answers: a.yaml }, c: { provider: acme, model: m, odd: [1] } }");
    expect(models.map(({ value }) => value.options.map(({ key }) => key.value))).toEqual([["top_p"], ["answers"], ["odd"]]);
    expect(models[1]?.value.model?.value).toBe("scripted");
  });
  it("a broken declaration is left out and noted", () => {
    const { files } = shapeText(flow("agents: { a: { model: {} }, b: { model: m } }\ntopics: 3\nsteps: [ { set: 1 } ]"));
    expect(files[0]?.agents.map(({ name }) => name.value)).toEqual(["b"]);
    expect([...(files[0]?.broken ?? [])].sort()).toEqual(["agents.a", "topics"]);
  });
  it("names from the prototype are unknown keys", () => {
    expect(shapeText(flow("steps: [ { set: 1, toString: 4 } ]\nhasOwnProperty: 1\nvalueOf: 2")).found).toEqual(["3 FC2002", "4 FC2002", "5 FC2002"]);
  });
  it("compatibility is accepted", () => {
    expect(withSection("topics: { a: { compatibility: backward } }").topics).toHaveLength(1);
  });
});

describe("durations", () => {
  it.each([["200ms", 200], ["10s", 10_000], ["5m", 300_000], ["24h", 86_400_000], ["7d", 604_800_000], ["1h30m", 5_400_000], ["1.5s", 1500], ["", null], ["10", null], ["s", null], ["10s ", null], ["-1s", null], ["1x", null]])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it("sums of units", () => {
    fc.assert(fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), (h, m, s) => parseDuration(`${h}h${m}m${s}s`) === ((h * 60 + m) * 60 + s) * 1000));
  });
});
