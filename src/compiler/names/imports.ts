import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import { thousands } from "../../core/thousands.js";
import { similar } from "../../core/typing/similar.js";
import type { FlowFile, Located, UseRef } from "../shape/ast.js";
import { emptyNamespace, KIND, type Declared, type Namespace, type Section } from "./namespace.js";
import { besideFile, type ShapedSource, type Sources } from "./source.js";

interface Import {
  readonly sources: Sources;
  readonly diagnostics: Diagnostic[];
  /** How many libraries stand behind prefixes so far. */
  spaces: number;
}

/** Each prefix has its library for itself, with all that it imports: two in each of twenty files would be a million. */
const MAX_SPACES = 1000;

/** What a document sees after its `use`: lists merge, maps prefix. */
export function importNames(file: FlowFile, sources: Sources): { readonly names: Namespace; readonly diagnostics: readonly Diagnostic[] } {
  const work: Import = { sources, diagnostics: [], spaces: 0 };
  const names = spaceOf([file], false, "", work, [file.path]);
  return { names, diagnostics: work.diagnostics };
}

/** `prefix` ends with a dot, or is empty for the document itself. */
function spaceOf(files: readonly FlowFile[], lost: boolean, prefix: string, work: Import, chain: readonly string[]): Namespace {
  const [first] = files;
  if (first === undefined) throw new TypeError("a namespace belongs to a file");
  const space = emptyNamespace(first);
  if (lost) space.broken = true;
  const merged = new Set<string>();
  for (const file of files) merge(space, file, prefix, work, { chain, merged, own: prefix === "", via: null });
  return space;
}

interface Merge {
  readonly chain: readonly string[];
  /** Paths that are merged already: a library that comes by two ways is there once. */
  readonly merged: Set<string>;
  readonly own: boolean;
  /** The entry of the document's own `use` that brought this file. */
  readonly via: Span | null;
}

function merge(space: Namespace, file: FlowFile, prefix: string, work: Import, how: Merge): void {
  space.files.add(file);
  if (file.broken.has("use")) space.broken = true;
  const into = { space, file, prefix, work, how };
  declare(into, "types", space.names.types, file.types);
  declare(into, "models", space.names.models, file.models);
  declare(into, "topics", space.names.topics, file.topics);
  declare(into, "tools", space.names.tools, file.tools);
  declare(into, "agents", space.names.agents, file.agents);
  declare(into, "policies", space.names.policies, file.policies);
  declare(into, "tables", space.names.tables, file.tables);
  for (const use of file.use) {
    const library = libraryOf(use, file, work, how.chain);
    if (library === null) {
      space.broken = true;
      continue;
    }
    const chain = [...how.chain, library.source.path];
    const files = library.documents.filter(({ flow }) => flow === undefined);
    const name = use.prefix?.value;
    if (name !== undefined) {
      if (!space.prefixes.has(name) && !hasRoom(work, how.via ?? use.path.span)) space.broken = true;
      else if (!space.prefixes.has(name)) space.prefixes.set(name, spaceOf(files, library.lost, `${prefix}${name}.`, work, chain));
      else if (space.prefixes.get(name)?.file.path !== library.source.path) work.diagnostics.push(report("FC3002", use.prefix?.span ?? use.path.span, `The prefix \`${name}\` is already that of \`${space.prefixes.get(name)?.file.path ?? ""}\``));
    } else if (!how.merged.has(library.source.path)) {
      how.merged.add(library.source.path);
      if (library.lost) space.broken = true;
      for (const one of files) merge(space, one, prefix, work, { ...how, chain, own: false, via: how.via ?? use.path.span });
    }
  }
}

function hasRoom(work: Import, at: Span): boolean {
  work.spaces += 1;
  if (work.spaces === MAX_SPACES + 1) work.diagnostics.push(report("FC1002", at, `More than ${thousands(MAX_SPACES)} libraries are imported behind prefixes, in each other`, { hint: "in libraries write `use` as a list: a library that comes by several ways is there once" }));
  return work.spaces <= MAX_SPACES;
}

interface Into {
  readonly space: Namespace;
  readonly file: FlowFile;
  readonly prefix: string;
  readonly work: Import;
  readonly how: Merge;
}

function declare<S extends Section>({ space, file, prefix, work, how }: Into, section: S, names: Map<string, Declared<S>>, entries: readonly Entry<S>[]): void {
  for (const { name, value } of entries) {
    const old = names.get(name.value);
    if (space.ambiguous.has(`${section}.${name.value}`)) continue;
    if (old !== undefined) {
      reportTwice(work, section, name, file, old, how.via);
      names.delete(name.value);
      space.ambiguous.add(`${section}.${name.value}`);
      continue;
    }
    names.set(name.value, { section, name: `${prefix}${name.value}`, local: name.value, value, span: name.span, file, home: space, own: how.own, prefixed: prefix !== "", used: false });
  }
}
/** At this file's own declaration where it has one, else at the `use` entry that brought the second. */
function reportTwice(work: Import, section: Section, name: Located<string>, file: FlowFile, old: Declared<Section>, via: Span | null): void {
  const at = old.own ? old.span : (via ?? name.span);
  const places = [
    { span: old.span, message: `\`${name.value}\` is declared here` },
    { span: name.span, message: "and here" },
  ];
  work.diagnostics.push(
    report("FC3002", at, `The ${KIND[section]} \`${name.value}\` is declared twice: in \`${old.file.path}\` and in \`${file.path}\``, {
      related: places.filter(({ span }) => span !== at),
      hint: "rename one, or import the library with a prefix: `use: { lib: ./file.yaml }`",
    }),
  );
}

type Entry<S extends Section> = { readonly name: Located<string>; readonly value: Declared<S>["value"] };

/** Null after a problem that is reported, or that stands in the library itself. */
function libraryOf(use: UseRef, from: FlowFile, work: Import, chain: readonly string[]): ShapedSource | null {
  const path = besideFile(from.path, use.path.value);
  const at = chain.indexOf(path);
  if (at >= 0) {
    const circle = [...chain.slice(at), path].map((one) => `\`${one}\``).join(" → ");
    work.diagnostics.push(report("FC3005", use.path.span, chain.length - at === 1 ? `\`${use.path.value}\` imports itself` : `These files import each other in a circle: ${circle}`, { hint: "move what they share to a library that imports none of them" }));
    return null;
  }
  const library = work.sources.get(path);
  if (library === null) {
    const near = similar(use.path.value, nearPaths(work, from));
    work.diagnostics.push(report("FC3004", use.path.span, `There is no file \`${use.path.value}\` (looked for \`${path}\`)`, { hint: near === null ? "a path in `use` is relative to the file that it stands in" : `did you mean \`${near}\`?` }));
    return null;
  }
  if (library.documents.every(({ flow }) => flow !== undefined) && !library.lost) {
    work.diagnostics.push(report("FC3006", use.path.span, `\`${use.path.value}\` is a flow, not a library: it has nothing to import`, { hint: "move what is shared to a file without `flow:`, or run the flow with a `call` step" }));
    return null;
  }
  return library;
}

/** Files that were loaded already, as `use` of this file would write them. */
const nearPaths = (work: Import, from: FlowFile): readonly string[] =>
  work.sources.all().flatMap(({ source: { path } }) => {
    const folder = from.path.slice(0, from.path.lastIndexOf("/") + 1);
    return path !== from.path && path.startsWith(folder) ? [`./${path.slice(folder.length)}`] : [];
  });
