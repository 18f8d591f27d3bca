import type { Diagnostic } from "../core/diagnostic.js";
import { report } from "../core/codes/report.js";
import { messageOf } from "../core/message-of.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import { load, type Loaded, type LoadedDocument } from "./names/load.js";
import type { ReadFile } from "./names/source.js";
import type { SourceFile } from "./parse/tree.js";
import { finishPlan } from "./plan/finish.js";
import { checkRules, checkSoundParts } from "./rules/all.js";
import { plainSecret, secretsInText } from "./rules/plain-secret.js";
import { sharedGroups } from "./rules/shared-group.js";
import { sharedRoutes } from "./rules/shared-route.js";
import { sharedTopics } from "./rules/shared-topic.js";
import { twinFlows } from "./rules/twin-flows.js";
import type { Entry, ModelDecl } from "./shape/ast.js";
import type { Outside } from "./types/binding.js";
import { checkDocument } from "./types/check.js";

export interface CompileRequest {
  /** Paths, `path#flow-id`, or texts. */
  readonly entries: readonly (string | SourceFile)[];
  readonly read: ReadFile;
  /** The project's flow files, where `call` finds flows: looked through when one is called that stands nowhere nearer. */
  readonly project?: Iterable<string>;
  /** The project's models: they win over a flow's model of the same name, key by key. */
  readonly models?: readonly Entry<ModelDecl>[];
  readonly outside?: Outside;
}

export interface CompiledFlow {
  readonly id: string;
  readonly file: string;
  /** Null where the flow has an error. */
  readonly plan: FlowPlan | null;
}

export interface Compiled {
  readonly flows: readonly CompiledFlow[];
  /** All problems of all files, each once, in the order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Text to plans through all phases. Never throws for what a file holds: a fault of ours is FC9000. */
export function compile({ entries, read, project, models, outside }: CompileRequest): Compiled {
  const first = entries.map((entry) => (typeof entry === "string" ? (entry.split("#")[0] ?? entry) : entry.path));
  try {
    const loaded = load(entries, read, project, models);
    const compiled = loaded.documents.map((document) => compileDocument(document, loaded, outside));
    const sound = compiled.flatMap(({ flow }, index) => {
      const head = loaded.documents[index]?.file.flow;
      return flow === null || flow.plan === null || head === undefined ? [] : [{ head, plan: flow.plan }];
    });
    const sources = new Map([...loaded.sources()].map(([path, { text }]) => [path, text]));
    const entered = new Set(first);
    const secrets = [...loaded.sources().values()].filter(({ path }) => entered.has(path)).flatMap(secretsInText);
    return {
      flows: compiled.flatMap(({ flow }) => flow ?? []),
      diagnostics: inOrder([...loaded.diagnostics(), ...compiled.flatMap(({ diagnostics }) => diagnostics), ...sharedRoutes(sound), ...sharedGroups(sound), ...sharedTopics(sound), ...twinFlows(sound), ...secrets], sources),
      sources,
    };
  } catch (error) {
    return { flows: [], diagnostics: [internal(error, first[0] ?? "")], sources: new Map() };
  }
}

function compileDocument(document: LoadedDocument, loaded: Loaded, outside: Outside | undefined): { readonly flow: CompiledFlow | null; readonly diagnostics: readonly Diagnostic[] } {
  const { file } = document;
  try {
    const { checked, partial, diagnostics } = checkDocument(document, loaded.world, outside);
    const all = [...diagnostics, ...plainSecret(file)];
    if (checked !== null) all.push(...checkRules(checked));
    else if (partial !== null) all.push(...checkSoundParts(partial, [...loaded.diagnostics(), ...diagnostics].filter((one) => concerns(one, document))));
    const sound = checked !== null && all.every(({ severity }) => severity !== "error");
    const flow = file.flow === undefined ? null : { id: file.flow.id.value, file: file.path, plan: sound ? finishPlan(checked) : null };
    return { flow, diagnostics: all };
  } catch (error) {
    return { flow: null, diagnostics: [internal(error, file.path)] };
  }
}

/** An error of this document, or of what it may import; another document of the same file is none of its business. */
const concerns = ({ severity, span }: Diagnostic, { file }: LoadedDocument): boolean =>
  severity === "error" && (span.file !== file.path || (span.start >= file.span.start && span.end <= file.span.end));

/** Text is limited in depth where it is read; chains of names (types, libraries) are followed as far as the stack goes. */
const internal = (error: unknown, file: string): Diagnostic =>
  error instanceof RangeError && error.message.includes("call stack") ?
    report("FC1002", { file, start: 0, end: 0 }, "Types or libraries of this file lead too far from one to the next", { hint: "a chain of some hundred is the most: write some of them in place" })
  : report("FC9000", { file, start: 0, end: 0 }, `flowctl failed on this file: ${messageOf(error)}`, { hint: "this is a bug in flowctl: please report it with the file" });

/** Each problem once a line: what YAML misread is not judged as a value, nor what holds it, and a secret that a rule has found is not found again in the text around it. */
function inOrder(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): readonly Diagnostic[] {
  const rank = new Map([...texts.keys()].map((file, index) => [file, index]));
  const at = ({ span }: Diagnostic): number => rank.get(span.file) ?? rank.size;
  const sorted = diagnostics.toSorted((a, b) => at(a) - at(b) || a.span.start - b.span.start || a.span.end - b.span.end);
  const misread = sorted.filter(({ code }) => code.startsWith("FC10"));
  const kept: Diagnostic[] = [];
  const last = new Map<string, Diagnostic>();
  for (const one of sorted) {
    const { code, span, message } = one;
    if (misread.some((trap) => covers(trap, one))) continue;
    if (code === "FC5020" && kept.some((other) => other.code === code && other.span.file === span.file && span.start < other.span.end && other.span.start < span.end)) continue;
    const key = `${code} ${span.file} ${message}`;
    const before = last.get(key);
    if (before !== undefined && !(texts.get(span.file) ?? "").slice(before.span.start, span.start).includes("\n")) continue;
    last.set(key, one);
    kept.push(one);
  }
  return kept;
}

/** What YAML misread is the cause of what is wrong with it as a value; of an expression, of what stands where the misreading begins, or where a comment does. */
function covers({ code, span: trap }: Diagnostic, { code: other, span }: Diagnostic): boolean {
  if (other.startsWith("FC10") || trap.file !== span.file || trap.start >= span.end || span.start >= trap.end) return false;
  return !other.startsWith("FC1") || trap.start === span.start || code === "FC1013";
}
