import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import type { MapNode, Node, SourceFile } from "../parse/tree.js";
import type { FlowFile, FlowHead } from "./ast.js";
import { alien } from "./definitions/aliens.js";
import { blockNode } from "./definitions/block.js";
import { FLOW_FILE, FLOW_KEYS, SHARED_KEYS } from "./definitions/flow.js";
import { placesOf } from "./definitions/walk.js";
import { firstKey } from "./forms/combine.js";
import type { Reading } from "./forms/form.js";
import { matchKeys, readEach, type Entries } from "./forms/keys.js";
import { startReading } from "./forms/reading.js";
import { later2090 } from "./forms/unknown-key.js";
import { versionProblem } from "./version.js";

export interface Shaped {
  /** Null when the document is no flow file at all; else everything of it that has its form (see `FlowFile.broken`). */
  readonly file: FlowFile | null;
  readonly diagnostics: readonly Diagnostic[];
}

let places: ReadonlyMap<string, readonly string[]> | undefined;

/** Holds a document against the definitions: all its problems, and the file as it was meant. */
export function shapeFlowFile(document: Node, source: SourceFile): Shaped {
  if (document.kind !== "map") {
    const empty = document.kind === "scalar" && document.value === null;
    return only(report("FC2018", document.span, empty ? "This document is empty" : "A flow file is a map of keys such as `flowctl`, `flow` and `steps`", { hint: "start with `flowctl: v1`" }));
  }
  const { at, diagnostics } = startReading("the file", firstKey(document), () => (places ??= placesOf(FLOW_FILE.outline)));
  const scenario = document.entries.find(({ key }) => key.text === "test" || key.text === "scenarios");
  if (scenario !== undefined) {
    later2090(scenario.key, at);
    return { file: null, diagnostics };
  }
  const problem = versionProblem(document);
  if (problem !== null) diagnostics.push(problem.diagnostic);
  if (problem?.stop === true) return { file: null, diagnostics };
  const { entries, broken } = matchKeys(document, FLOW_FILE.outline, at);
  if (broken) at.broken.add("flow.keys");
  const meant = meantByOthers(document, entries);
  for (const key of meant) at.broken.add(Object.hasOwn(FLOW_KEYS, key) ? `flow.${key}` : key);
  const { values, failed } = readEach(SHARED_KEYS, entries, "A flow file", at);
  for (const section of failed) at.broken.add(section);
  const flow = readFlow(document, entries, at);
  const file: FlowFile = {
    path: source.path,
    span: document.span,
    ...(flow === null ? {} : { flow }),
    use: values.use ?? [],
    types: values.types ?? [],
    models: values.models ?? [],
    topics: values.topics ?? [],
    tools: values.tools ?? [],
    agents: values.agents ?? [],
    policies: values.policies ?? [],
    tables: values.tables ?? [],
    secrets: values.secrets ?? [],
    broken: at.broken,
  };
  return { file, diagnostics };
}

/** The keys that words of other tools at the top of a file stand for: that they are missing is said already. */
function meantByOthers(document: MapNode, entries: Entries): readonly string[] {
  return document.entries.flatMap(({ key }) => {
    const hint = Object.hasOwn(FLOW_FILE.outline.keys, key.text) ? null : alien("a flow file", key.text);
    const named = [...(hint ?? "").matchAll(/`(\w+):/g)].flatMap(([, name]) => name ?? []);
    return named.filter((name) => Object.hasOwn(FLOW_FILE.outline.keys, name) && !entries.has(name));
  });
}

const only = (diagnostic: Diagnostic): Shaped => ({ file: null, diagnostics: [diagnostic] });

/** Null for a library. */
function readFlow(document: MapNode, entries: Entries, at: Reading): FlowHead | null {
  const first = [...entries].find(([key]) => Object.hasOwn(FLOW_KEYS, key));
  if (first === undefined) return null;
  const { values, failed } = readEach(FLOW_KEYS, entries, "A flow", at);
  const lost = (key: string): boolean => failed.has(key) || at.broken.has(`flow.${key}`);
  for (const key of failed) at.broken.add(`flow.${key}`);
  if (!entries.has("flow") && !lost("flow")) {
    at.report("FC2003", first[1].key.span, `\`${first[0]}\` belongs to a flow, and this file has no name for it`, { hint: "add `flow: name`; a file without `flow` is a library, and has only sections such as `types`, `tools`, `agents`" });
  } else if (!entries.has("steps") && !entries.has("value") && !lost("steps") && !lost("value")) {
    at.report("FC2003", keySpan(entries, "flow", at), "A flow needs `steps`, or at least a `value`", { hint: "for example `steps: [ { agent: name } ]`" });
  }
  const { flow, steps, value, catch: catches, timeout, lock, on, budget, limits, pin, queue_timeout: queueTimeout, backlog, input, output } = values;
  return {
    // What stands in for a name that did not shape: the file has an error, so no plan is made of it.
    ...(flow ?? { id: { value: "unnamed", span: keySpan(entries, "flow", at) }, version: "0.0.0" }),
    on: on ?? [],
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(budget === undefined ? {} : { budget }),
    ...(pin === undefined ? {} : { pin }),
    ...(limits === undefined ? {} : { depth: limits.depth }),
    ...(queueTimeout === undefined ? {} : { queueTimeout }),
    ...(backlog === undefined ? {} : { backlog }),
    body: {
      ...blockNode(document.span, {
        ...(steps === undefined ? {} : { do: steps }),
        ...(value === undefined ? {} : { value }),
        ...(catches === undefined ? {} : { catch: catches }),
        ...(timeout === undefined ? {} : { timeout }),
        ...(lock === undefined ? {} : { lock }),
      }),
      ...(lost("steps") || lost("value") ? { broken: true } : {}),
    },
  };
}

const keySpan = (entries: Entries, key: string, at: Reading): Span => entries.get(key)?.key.span ?? at.anchor;
