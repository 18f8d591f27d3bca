import type { Diagnostic } from "../../core/diagnostic.js";
import { compile, type CompiledFlow } from "../../compiler/compile.js";
import { OUTSIDE } from "../wire/outside.js";
import type { Sources } from "../format/place.js";
import { findFlows } from "./find-flows.js";
import { idleModels } from "./idle-models.js";
import { missingFlows } from "./missing-flows.js";
import { listedFlows, loadProject, type Project } from "./project.js";
import { fileReader } from "./read-file.js";
import { readStdin } from "./stdin.js";

export interface CompiledFlows {
  readonly project: Project;
  readonly flows: readonly CompiledFlow[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
  /** All that were looked for, also those that are not there. */
  readonly files: ReadonlySet<string>;
}

/** Everything that `validate`, `run`, `graph` and `doctor` begin with: the project, its flow files, all checks. */
export async function compileFlows(paths: readonly string[], choice: { readonly profile?: string; readonly set: readonly string[] }): Promise<CompiledFlows> {
  const project = loadProject(choice);
  const missing = await missingFlows(project);
  let found: readonly string[] | null = null;
  const listed = (): readonly string[] => (found ??= listedFlows(project));
  // A project that lists its flows has no others, also where none of them is there.
  const entries = findFlows(paths.length > 0 ? paths : listed().length > 0 || missing.length > 0 ? listed() : ["./..."]);
  const reader = fileReader(entries.includes("-") ? await readStdin() : null);
  const files = new Set(project.sources.keys());
  const read = (path: string): string | null => {
    files.add(path);
    return reader.read(path);
  };
  const compiled = compile({ entries, read, project: { [Symbol.iterator]: () => listed()[Symbol.iterator]() }, models: project.file?.models ?? [], outside: OUTSIDE });
  reader.needAll();
  const whole = paths.length === 0 || (listed().length > 0 && listed().every((path) => entries.includes(path)));
  return {
    project,
    flows: compiled.flows,
    diagnostics: [...project.diagnostics, ...missing, ...(whole ? idleModels(project, compiled.flows) : []), ...compiled.diagnostics],
    sources: new Map([...project.sources, ...compiled.sources]),
    files,
  };
}
