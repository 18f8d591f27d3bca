import { describe, expect, it } from "vitest";
import { flow, shapeText, step } from "./shape-text.js";

/** The text, and for each problem its line, code, and a part of its message, hint or fix. */
const CASES: readonly (readonly [string, ...(readonly [string, string])[]])[] = [
  // The version comes first.
  ["flow: hello\nsteps: [ { set: 1 } ]\n", ["1 FC2001", "add `flowctl: v1`"]],
  ["flowctl: v2\nflow: hello\nwhat: 1\n", ["1 FC2001", "newer flowctl"]],
  ["flowctl: 1\nflow: hello\nsteps: [ { set: 1 } ]\n", ["1 FC2001", "v1"]],
  ["name: compose\nservices: {}\n", ["1 FC2001", "flowctl"]],
  // The flow's head.
  ["flowctl: v1\nflow: { version: 1.0.0 }\nsteps: [ { set: 1 } ]\n", ["2 FC2003", "`id`"]],
  ["flowctl: v1\nflow: { id: a, version: 1.0 }\nsteps: [ { set: 1 } ]\n", ["2 FC2004", "1.0.0"]],
  ["flowctl: v1\nflow: my flow\nsteps: [ { set: 1 } ]\n", ["2 FC2008", "my_flow"]],
  ["flowctl: v1\nflow: a\n", ["2 FC2003", "`steps`"]],
  ["flowctl: v1\nsteps: [ { set: 1 } ]\n", ["2 FC2003", "flow: name"]],
  ["- 1\n", ["1 FC2018", "map"]],
  ["flowctl: v1\ntest: ./a.yaml\nscenarios: [ { what: 1 } ]\n", ["2 FC2090", "`test`"]],
  // Keys: typos, other places, other tools.
  [flow("stpes: [ { set: 1 } ]"), ["3 FC2002", "did you mean `steps`?"]],
  [flow("steps: [ { set: 1 } ]\nagent: {}"), ["4 FC2002", "did you mean `agents`?"]],
  [flow("steps: [ { set: 1 } ]\nretry: 3"), ["4 FC2009", "policies"]],
  [flow("steps: [ { set: 1 } ]\njobs: {}"), ["4 FC2009", "steps:"]],
  [step("{ set: 1, foo: 2 }"), ["3 FC2002", "keys here: `id`"]],
  [step("{ set: 1, name: x }"), ["3 FC2009", "`id:`"]],
  [step("{ id: a, uses: critic }"), ["3 FC2009", "agent: name"]],
  [step("{ if: x, set: 1 }"), ["3 FC2009", "when"]],
  [step("{ foreach: xs, set: 1 }"), ["3 FC2009", "map"]],
  [step("{ map: { over: xs, do: [ { set: 1 } ] } }"), ["3 FC2002", "beside `map`"]],
  [step("{ map: { over: xs }, as: x, do: [ { set: 1 } ] }"), ["3 FC2009", "inside the kind"]],
  [step("{ id: a }"), ["3 FC2006", "`agent`"]],
  [step("{ id: a, branches: {} }"), ["3 FC2006", "beside `parallel`"]],
  [step("{ agent: a, tool: t }"), ["3 FC2007", "two steps"]],
  [step("{ switch: [ { if: x, do: [] } ] }"), ["3 FC2009", "when"]],
  [step("{ switch: [ { else: [], when: x } ] }"), ["3 FC2007", "else"]],
  [step("{ switch: [ { else: [] }, { when: x, do: [] } ] }"), ["3 FC2014", "last"]],
  [step("{ switch: [ { when: x } ] }"), ["3 FC2013", "`do: [ … ]`"]],
  [step("{ map: { over: xs } }"), ["3 FC2013", "`value:`"]],
  // Forms.
  [step("{ map: { over: xs, as: [n] }, value: 1 }"), ["3 FC2004", "`as` wants a name, but is a list"]],
  [step("{ agent: a, catch: [ { on: timeout, do: [] } ] }"), ["3 FC2004", "[timeout]"]],
  [step("{ agent: a, catch: { on: [timeout], do: [] } }"), ["3 FC2004", "list of catch clauses"]],
  [step("{ fail: rejected }"), ["3 FC2004", "code: name"]],
  [step("just text"), ["3 FC2004", "wants a step"]],
  [step("{ set: 1, when: }"), ["3 FC2004", "empty"]],
  [step("{ set: 1, id: first-step }"), ["3 FC2008", "first_step"]],
  [step("{ set: 1, id: in }"), ["3 FC2008", "expression language"]],
  [step("{ loop: { init: 1, max: 1.5 }, value: 1 }"), ["3 FC2010", "whole number"]],
  [step("{ loop: { init: 1, max: 0 }, value: 1 }"), ["3 FC2010", "from 1 on"]],
  [step("{ set: 1, timeout: 0s }"), ["3 FC2011", "above zero"]],
  [step("{ set: 1, timeout: 10 s }"), ["3 FC2011", "`10s`"]],
  [step("{ agent: { pick: x } }"), ["3 FC2003", "`from`"]],
  [step("{ agent: { pick: x, from: [] } }"), ["3 FC2012", "at least one"]],
  [step("{ parallel: {}, branches: {} }"), ["3 FC2012", "at least one"]],
  [step("{ emit: t }"), ["3 FC2016", "with"]],
  [step("{ ask: { question: q, output: A, timeout: 1h }, timeout: 1h }"), ["3 FC2015", "twice"]],
  [flow("steps: { agent: a }"), ["3 FC2004", "list of steps"]],
  [flow("use: ./a.yaml\nsteps: [ { set: 1 } ]"), ["3 FC2004", "list of paths"]],
  // Sections.
  [flow("topics: { a: }\nsteps: [ { set: 1 } ]"), ["3 FC2004", "`{}`"]],
  [flow("topics: { a: { schema: X } }\nsteps: [ { set: 1 } ]"), ["3 FC2009", "message"]],
  [flow("topics: { a: { format: avro, max_bytes: x } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`format`"], ["3 FC2090", "`max_bytes`"]],
  [flow("tools: { a: { input: X } }\nsteps: [ { set: 1 } ]"), ["3 FC2006", "`http`"]],
  [flow("tools: { a: { mcp: x/y, nonsense: 1 } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`mcp`"]],
  [flow('tools: { a: { module: ./a.ts } }\nsteps: [ { set: 1 } ]'), ["3 FC2017", "#name"]],
  [flow("tools: { a: { http: { method: get, url: x } } }\nsteps: [ { set: 1 } ]"), ["3 FC2005", "GET"]],
  [flow("tools: { a: { http: { method: GET, url: x }, approval: required } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`approval`"]],
  [flow("agents: { a: { instructions: x } }\nsteps: [ { set: 1 } ]"), ["3 FC2003", "`model`"]],
  [flow("agents: { a: { model: m, prompt: x } }\nsteps: [ { set: 1 } ]"), ["3 FC2009", "instructions"]],
  [flow("agents: { a: { kind: supervisor, members: [b], foo: 1 } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "supervisor"]],
  [flow("agents: { a: { model: m, guards: { output: [ { pii: redact } ] } } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`pii`"]],
  [flow("models: { m: { provider: openai, model: x, temprature: 0 } }\nsteps: [ { set: 1 } ]"), ["3 FC2002", "`temperature`"]],
  [flow("models: { m: { provider: openai } }\nsteps: [ { set: 1 } ]"), ["3 FC2003", "`model`"]],
  [flow("policies: { p: { retries: 3 } }\nsteps: [ { set: 1 } ]"), ["3 FC2009", "max: 3"]],
  [flow("policies: { p: { retry: { max: forever, on: timeout } } }\nsteps: [ { set: 1 } ]"), ["3 FC2004", "[timeout]"]],
  [flow("budget: { usd: 1, per: day }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`per`"]],
  [flow("on: { cron: x }\nsteps: [ { set: 1 } ]"), ["3 FC2009", "schedule"]],
  [flow("on: { schedule: x, foo: 1 }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`schedule`"]],
  [flow("on: { topic: t, window: { bad: 1 } }\nsteps: [ { set: 1 } ]"), ["3 FC2090", "`window`"]],
  [flow("on: { topic: t, dedupe: { key: msg.id } }\nsteps: [ { set: 1 } ]"), ["3 FC2003", "`ttl`"]],
  [flow("on: { topic: t, ordering: keys }\nsteps: [ { set: 1 } ]"), ["3 FC2005", "`key`"]],
  [flow("on: { topic: t, when: x }\nsteps: [ { set: 1 } ]"), ["3 FC2009", "where"]],
  [flow("trace: all\npin: 3\nbacklog: x\ntables: 3\nsteps: [ { set: 1 } ]"), ["3 FC2090", "trace"], ["4 FC2090", "pin"], ["5 FC2090", "backlog"], ["6 FC2090", "tables"]],
];

describe("one problem, where it is, with what to do", () => {
  it.each(CASES.map(([text, ...expected]) => ({ text, expected })))("$text", ({ text, expected }) => {
    const { found, diagnostics } = shapeText(text);
    expect(found).toEqual(expected.map(([where]) => where));
    diagnostics.forEach(({ message, hint, fix }, index) => {
      expect(`${message} ${hint ?? ""} ${fix?.text ?? ""}`).toContain(expected[index]?.[1]);
      expect(message).toMatch(/^[A-Z`]/);
    });
  });

  it("all problems of a file are found in one run", () => {
    const many = Array.from({ length: 200 }, (_, index) => `  - { id: a${index}, agent: [x] }`).join("\n");
    expect(shapeText(flow(`steps:\n${many}`)).found).toHaveLength(200);
  });

  it("fixes make the file shape", () => {
    for (const [text] of CASES) {
      const { diagnostics } = shapeText(text);
      if (diagnostics.length === 0 || diagnostics.some(({ fix }) => fix === undefined)) continue;
      const fixed = diagnostics.toReversed().reduce((all, { fix }) => (fix === undefined ? all : all.slice(0, fix.span.start) + fix.text + all.slice(fix.span.end)), text);
      expect(shapeText(fixed).found, fixed).toEqual([]);
    }
  });
});
