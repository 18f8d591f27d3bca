import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../../core/diagnostic.js";
import { parseYaml } from "../../compiler/parse/parse.js";
import type { ProjectFile } from "../../compiler/shape/project-ast.js";
import { shapeProject } from "../../compiler/shape/project.js";
import { CommandError, EXIT } from "../exit.js";
import type { Sources } from "../format/place.js";
import { isProjectFile, PROJECT_FILE } from "./project-file.js";

/** flowctl.yaml with the chosen profile and settings, or the defaults where there is none. */
export interface Project {
  /** Folder of flowctl.yaml, else the working folder: the paths in it are relative to it. */
  readonly folder: string;
  /** Whether there is a flowctl.yaml. */
  readonly found: boolean;
  readonly file: ProjectFile | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** Reads the nearest flowctl.yaml at or above the working folder. */
export function loadProject(choice: { readonly profile?: string; readonly set: readonly string[] }): Project {
  const path = nearest(process.cwd());
  if (path === null && choice.profile !== undefined) {
    throw new CommandError(EXIT.usage, `there is no profile \`${choice.profile}\`: no flowctl.yaml stands at or above this folder`, "profiles are a section of flowctl.yaml");
  }
  const shown = path === null ? PROJECT_FILE : relative(process.cwd(), path);
  const source = { path: shown, text: path === null ? "flowctl: v1\n" : readFileSync(path, "utf8") };
  const parsed = parseYaml(source);
  const [document] = parsed.documents;
  const shaped = document === undefined ? { project: null, diagnostics: [], sources: [] } : shapeProject(document, source, { profile: choice.profile, sets: choice.set });
  const unknown = choice.profile === undefined ? undefined : shaped.diagnostics.find(({ code, span }) => code === "FC2019" && span.file === shown);
  // Not the file is wrong, but what was asked for.
  if (unknown !== undefined) throw new CommandError(EXIT.usage, `there is no profile \`${choice.profile}\` in ${shown}`, unknown.hint);
  return {
    folder: path === null ? process.cwd() : dirname(path),
    found: path !== null,
    file: shaped.project,
    diagnostics: [...parsed.diagnostics, ...shaped.diagnostics],
    sources: new Map([...(path === null ? [] : [source]), ...shaped.sources].map(({ path: name, text }) => [name, text])),
  };
}

/** Flow files that the project lists, for `call` and for commands without paths. */
export function listedFlows({ folder, file }: Project): readonly string[] {
  const patterns = file?.flows.map(({ value }) => value) ?? [];
  return [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: folder }).filter((path) => !isProjectFile(path)).sort()))].map((path) => relative(process.cwd(), join(folder, path)));
}

function nearest(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return null;
  }
}
