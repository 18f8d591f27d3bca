import type { Span } from "../../core/diagnostic.js";
import type { AgentDecl, FlowFile, ModelDecl, PolicyDecl, TableDecl, ToolDecl, TopicDecl, TypeNode } from "../shape/ast.js";

/** What each section declares. */
export interface Sections {
  readonly types: TypeNode;
  readonly models: ModelDecl;
  readonly topics: TopicDecl;
  readonly tools: ToolDecl;
  readonly agents: AgentDecl;
  readonly policies: PolicyDecl;
  readonly tables: TableDecl;
}
export type Section = keyof Sections;
export const SECTIONS: readonly Section[] = ["types", "models", "topics", "tools", "agents", "policies", "tables"];
/** "an agent", "a tool" … */
export const KIND: Readonly<Record<Section, string>> = {
  types: "type",
  models: "model",
  topics: "topic",
  tools: "tool",
  agents: "agent",
  policies: "policy",
  tables: "table",
};

/** A declaration of any section; `section` tells which. */
export type AnyDeclared = { [S in Section]: Declared<S> }[Section];

export interface Declared<S extends Section> {
  readonly section: S;
  /** As the document that is checked writes it: `lib.writer`. */
  readonly name: string;
  /** As its own file writes it: `writer`. */
  readonly local: string;
  readonly value: Sections[S];
  readonly span: Span;
  readonly file: FlowFile;
  /** Where the names in it resolve: the importing file after a merge, the library itself behind a prefix. */
  readonly home: Namespace;
  /** Written in the very document that is checked. */
  readonly own: boolean;
  /** Behind a prefix. */
  readonly prefixed: boolean;
  used: boolean;
}

/** All names that a document can see: its own, those merged into it, and libraries behind prefixes. */
export interface Namespace {
  readonly file: FlowFile;
  readonly names: { readonly [S in Section]: Map<string, Declared<S>> };
  readonly prefixes: Map<string, Namespace>;
  /** `agents.writer` that is declared twice: it is not known which is meant. */
  readonly ambiguous: Set<string>;
  /** Files that are merged here. */
  readonly files: Set<FlowFile>;
  /** Something that belongs here could not be loaded: a name that is not found says nothing. */
  broken: boolean;
}

export const emptyNamespace = (file: FlowFile): Namespace => ({
  file,
  names: { types: new Map(), models: new Map(), topics: new Map(), tools: new Map(), agents: new Map(), policies: new Map(), tables: new Map() },
  prefixes: new Map(),
  ambiguous: new Set(),
  files: new Set([file]),
  broken: file.broken.has("use"),
});

/** Does not mark the name as used. */
export function has(space: Namespace, section: Section, name: string): boolean {
  if (space.names[section].has(name)) return true;
  const inside = behindPrefix(space, name);
  return inside !== null && has(inside.space, section, inside.rest);
}

/** Null: there is none. `"unknown"`: it may stand in what could not be loaded. */
export function find<S extends Section>(space: Namespace, section: S, name: string): Declared<S> | "unknown" | null {
  const direct = space.names[section].get(name);
  if (direct !== undefined) {
    direct.used = true;
    return direct;
  }
  const inside = behindPrefix(space, name);
  if (inside !== null) return find(inside.space, section, inside.rest);
  return space.broken || space.ambiguous.has(`${section}.${name}`) || [...space.files].some(({ broken }) => broken.has(section) || broken.has(`${section}.${name}`)) ? "unknown" : null;
}

function behindPrefix(space: Namespace, name: string): { readonly space: Namespace; readonly rest: string } | null {
  const dot = name.indexOf(".");
  const inside = dot < 0 ? undefined : space.prefixes.get(name.slice(0, dot));
  return inside === undefined ? null : { space: inside, rest: name.slice(dot + 1) };
}

/** A name of this section that is not found may stand in what could not be loaded. */
export const mayLack = (space: Namespace, section: Section): boolean =>
  space.broken || [...space.files, { broken: space.ambiguous }].some(({ broken }) => [...broken].some((name) => name === section || name.startsWith(`${section}.`))) || [...space.prefixes.values()].some((inside) => mayLack(inside, section));

/** Some name is missing, or stands for two things: what was loaded has an error. */
export const lacks = ({ broken, ambiguous, prefixes }: Namespace): boolean => broken || ambiguous.size > 0 || [...prefixes.values()].some(lacks);

/** All names of a section, `lib.writer` included: what a reader may have meant. */
export function* visible(space: Namespace, section: Section): Generator<string> {
  yield* space.names[section].keys();
  for (const [prefix, inside] of space.prefixes) for (const name of visible(inside, section)) yield `${prefix}.${name}`;
}

export function* declarations(space: Namespace): Generator<AnyDeclared> {
  const { types, models, topics, tools, agents, policies, tables } = space.names;
  for (const names of [types, models, topics, tools, agents, policies, tables]) yield* names.values();
  for (const inside of space.prefixes.values()) yield* declarations(inside);
}
