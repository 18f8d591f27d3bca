import type { Diagnostic } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import type { Entry, FlowFile, FlowHead, ModelDecl } from "../shape/ast.js";
import type { SourceFile } from "../parse/tree.js";
import { importNames } from "./imports.js";
import type { Namespace } from "./namespace.js";
import { isNewer, majorOf } from "./release.js";
import { makeSources, type ReadFile, type ShapedSource, type Sources } from "./source.js";

/** A document with the names that it can see. A library has no `file.flow`. */
export interface LoadedDocument {
  readonly file: FlowFile;
  readonly names: Namespace;
  /** Its file has errors already: what is missing in it says nothing. */
  readonly broken: boolean;
}

export interface Loaded {
  /** Documents of the entries, in the order given. */
  readonly documents: readonly LoadedDocument[];
  /** Every file that was read so far, imported ones and prompts too: what diagnostics point into. */
  sources(): ReadonlyMap<string, SourceFile>;
  /** Of parse, shape and imports, so far: `call` may load more files while a document is checked. */
  diagnostics(): readonly Diagnostic[];
  readonly world: World;
}

/** What a check asks for beside its own document. */
export interface World {
  readonly sources: Sources;
  /** The project's models by name: they win over a flow's, key by key. */
  readonly models: ReadonlyMap<string, ModelDecl>;
  /** The newest version of the flow that `call` names, of that major where it says one: in the caller's file, else in the entries and the project's flow files. */
  flow(id: string, major: string | null, from: FlowFile): LoadedDocument | "unknown" | null;
  /** All versions of a flow. */
  versions(id: string, from: FlowFile): readonly FlowHead[];
  flowIds(from: FlowFile): readonly string[];
}

/**
 * Parses and shapes the entry files (`path`, or `path#flow-id`, or a text) and all that they import.
 * `project` are the project's flow files: they are read when a `call` names a flow that stands in none of the entries.
 */
export function load(entries: readonly (string | SourceFile)[], read: ReadFile, project: Iterable<string> = [], models: readonly Entry<ModelDecl>[] = []): Loaded {
  const sources = makeSources(read);
  const diagnostics: Diagnostic[] = [];
  const known = new Map<FlowFile, LoadedDocument>();
  const document = (file: FlowFile, broken: boolean): LoadedDocument => {
    const old = known.get(file);
    if (old !== undefined) return old;
    const { names, diagnostics: found } = importNames(file, sources);
    diagnostics.push(...found);
    const loaded: LoadedDocument = { file, names, broken };
    known.set(file, loaded);
    return loaded;
  };
  const documentsOf = (shaped: ShapedSource): readonly LoadedDocument[] => shaped.documents.map((file) => document(file, shaped.broken));
  const documents = entries.flatMap((entry) => {
    if (typeof entry !== "string") return documentsOf(sources.put(entry));
    const { path, id } = splitEntry(entry, sources);
    const shaped = sources.get(path);
    if (shaped === null) {
      diagnostics.push(report("FC3004", { file: path, start: 0, end: 0 }, `There is no file \`${path}\``));
      return [];
    }
    const all = documentsOf(shaped);
    const wanted = id === null ? all : all.filter(({ file }) => file.flow?.id.value === id);
    if (wanted.length === 0 && id !== null && !shaped.lost) diagnostics.push(report("FC3010", { file: path, start: 0, end: 0 }, `There is no flow \`${id}\` in \`${path}\``));
    return wanted;
  });
  const entryPaths = documents.map(({ file }) => file.path);
  function* places(from: FlowFile): Generator<ShapedSource> {
    for (const path of new Set([from.path, ...entryPaths, ...project])) {
      const shaped = sources.get(path);
      if (shaped !== null) yield shaped;
    }
  }
  const world: World = {
    sources,
    models: new Map(models.map(({ name, value }) => [name.value, value])),
    flow(id, major, from) {
      let lost = false;
      let best: { readonly file: FlowFile; readonly release: string; readonly broken: boolean } | null = null;
      for (const shaped of places(from)) {
        for (const file of shaped.documents) {
          const { flow } = file;
          if (flow?.id.value !== id || (major !== null && majorOf(flow.version) !== major)) continue;
          if (best === null || isNewer(flow.version, best.release)) best = { file, release: flow.version, broken: shaped.broken };
        }
        if (best?.file.path === from.path) break;
        lost ||= shaped.lost;
      }
      return best === null ? (lost ? "unknown" : null) : document(best.file, best.broken);
    },
    versions: (id, from) => [...places(from)].flatMap((shaped) => shaped.documents.flatMap(({ flow }) => (flow?.id.value === id ? [flow] : []))),
    flowIds: (from) => [...places(from)].flatMap((shaped) => shaped.documents.flatMap(({ flow }) => (flow === undefined ? [] : [flow.id.value]))),
  };
  return {
    documents,
    sources: () => new Map([...sources.texts(), ...sources.all().map(({ source }) => source)].map((source) => [source.path, source])),
    diagnostics: () => [...sources.all().flatMap((one) => one.diagnostics), ...diagnostics],
    world,
  };
}

/** A `#` may also stand in a file's name. */
function splitEntry(entry: string, sources: Sources): { readonly path: string; readonly id: string | null } {
  const at = entry.lastIndexOf("#");
  if (at <= 0 || sources.get(entry) !== null) return { path: entry, id: null };
  return { path: entry.slice(0, at), id: entry.slice(at + 1) };
}
