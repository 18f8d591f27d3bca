import { posix } from "node:path";
import { OUTSIDE } from "../cli/wire/outside.js";
import { type LocatedDiagnostic, locate } from "../cli/format/json.js";
import { compile } from "../compiler/compile.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";

/** The YAML text of a flow file, or the text with its path: `path#id` names one of several flows in it, else it is the first. */
export type FlowSource = string | { readonly path: string; readonly text: string };

/** What a flow file imports (libraries, prompts, schemas, modules), by path from where the flow's own path starts; nothing else is read. */
export type FlowFiles = Readonly<Record<string, string>> | ((path: string) => string | null);

export interface CompiledText {
  readonly diagnostics: readonly LocatedDiagnostic[];
  /** Null where there is an error. */
  readonly plan: FlowPlan | null;
}

const DEFAULT_PATH = "flow.yaml";

export function compileText(source: FlowSource, files: FlowFiles = {}): CompiledText {
  const { path: address, text } = typeof source === "string" ? { path: DEFAULT_PATH, text: source } : source;
  const [path = DEFAULT_PATH, id] = address.split("#");
  const read = typeof files === "function" ? files : reader(files);
  const { flows, diagnostics, sources } = compile({ entries: [{ path, text }], read, outside: OUTSIDE });
  const flow = flows.find((one) => one.file === path && (id === undefined || one.id === id));
  if (id !== undefined && flow === undefined && flows.length > 0) throw new RangeError(`there is no flow \`${id}\` in ${path}`);
  return { diagnostics: locate(diagnostics, sources), plan: flow?.plan ?? null };
}

/** `./a.md`, `a.md` and `b/../a.md` are one file. */
function reader(files: Readonly<Record<string, string>>): (path: string) => string | null {
  const texts = new Map(Object.entries(files).map(([path, text]) => [posix.normalize(path), text]));
  return (path) => texts.get(posix.normalize(path)) ?? null;
}
