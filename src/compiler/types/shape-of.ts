import { dirname, relative } from "node:path";
import type { JsonObject } from "../../core/json.js";
import { bundle } from "../../schema/bundle.js";
import { define } from "../../schema/definition.js";
import type { Definition, Definitions, Lowered, Pointer, PointerProblem, SchemaFile, TypeEnv } from "../../schema/environment.js";
import { lowerType } from "../../schema/lower.js";
import { find, mayLack, visible, type Declared, type Namespace } from "../names/namespace.js";
import { besideFile } from "../names/source.js";
import type { Problems } from "../problems.js";
import { fixWhole } from "../parse/fix-inside.js";
import type { MapNode, Node, ScalarNode } from "../parse/tree.js";
import type { TypeNode } from "../shape/ast.js";
import { BUILTIN_TYPES } from "./builtin-types.js";
import type { Shape } from "./expected.js";
import type { FlowCheck } from "./flow-check.js";
import { readSchemaFile } from "./schema-file.js";
import { toJson } from "./to-json.js";

/** Types as they are lowered in one document's check. */
export interface Types {
  readonly definitions: Definitions;
  readonly environments: Map<Namespace, TypeEnv>;
  readonly shapes: Map<TypeNode, Map<Namespace, Shape>>;
}

export const makeTypes = (): Types => ({ definitions: new Map(), environments: new Map(), shapes: new Map() });

/** The type that a node writes, in the names of `space`. Its problems are reported once. */
export function shapeOf(cx: FlowCheck, node: TypeNode, space: Namespace): Shape {
  const { shapes, definitions } = cx.known.types;
  let here = shapes.get(node);
  if (here === undefined) shapes.set(node, (here = new Map()));
  const old = here.get(space);
  if (old !== undefined) return old;
  const lowered = lowerType(toJson(node), environment(cx, space), `type${node.span.start}`);
  reportAll(cx.problems, node, lowered.problems, space);
  const shape = lazily(lowered, definitions);
  here.set(space, shape);
  return shape;
}

/** Problems of a declared type, whether it is used or not. */
export function checkType(cx: FlowCheck, declared: Declared<"types">): void {
  definitionOf(cx, declared);
}

/** A schema is put together when somebody asks for it: most types are only compared. */
function lazily(lowered: Lowered, definitions: Definitions): Shape {
  let schema: JsonObject | boolean | null = null;
  return { type: lowered.type, schema: () => (schema ??= bundle(lowered.schema, definitions)) };
}

function environment(cx: FlowCheck, space: Namespace): TypeEnv {
  const { environments, definitions } = cx.known.types;
  const old = environments.get(space);
  if (old !== undefined) return old;
  const env: TypeEnv = {
    definitions,
    named(name) {
      const found = find(space, "types", name);
      return found === null || found === "unknown" ? builtin(definitions, env, name) : definitionOf(cx, found);
    },
    names: () => [...visible(space, "types")],
    file: (path) => fileIn(cx, env, space.file.path, path),
  };
  environments.set(space, env);
  return env;
}

function builtin(definitions: Definitions, env: TypeEnv, name: string): Definition | null {
  const schema = BUILTIN_TYPES.get(name);
  if (schema === undefined) return null;
  return definitions.get(name) ?? define(definitions, name, name, () => lowerType(schema, env, name));
}

/** A type of flowctl's own, whatever the file calls so. */
export function builtinShape(cx: FlowCheck, name: string): Shape {
  const { definitions } = cx.known.types;
  return lazily(lowerType(BUILTIN_TYPES.get(name) ?? true, environment(cx, cx.document.names), name), definitions);
}

/** A schema that no type writes: what a schema file comes to. */
export function schemaShape(cx: FlowCheck, schema: JsonObject, scope: string): Shape {
  return lazily(lowerType(schema, environment(cx, cx.document.names), scope), cx.known.types.definitions);
}

function definitionOf(cx: FlowCheck, declared: Declared<"types">): Definition {
  const { definitions } = cx.known.types;
  const old = definitions.get(declared.name);
  if (old !== undefined) return old;
  const space = declared.home;
  const env: TypeEnv = { ...environment(cx, space), file: (path) => fileIn(cx, environment(cx, space), declared.file.path, path) };
  const made = define(definitions, declared.name, declared.name, () => lowerType(toJson(declared.value), env, declared.name));
  reportAll(cx.problems, declared.value, made.problems, space);
  return made;
}

/** Paths in a type are relative to the file that declares it; ids are relative to the flow's file, so that they do not depend on where flowctl runs. */
function fileIn(cx: FlowCheck, env: TypeEnv, from: string, path: string): SchemaFile | { readonly problem: string } {
  const whole = besideFile(from, path);
  const json = readSchemaFile(cx.shared.world.sources, whole);
  if ("problem" in json) return json;
  return { id: relative(dirname(cx.document.file.path), whole), json: json.value, env: { ...env, file: (inner) => fileIn(cx, env, whole, inner) } };
}

const UNKNOWN_TYPE = "FC3040";

function reportAll(problems: Problems, node: TypeNode, found: readonly PointerProblem[], space: Namespace): void {
  const lacking = mayLack(space, "types");
  for (const { pointer, code, message, hint, fix, atKey } of found) {
    if (code === UNKNOWN_TYPE && lacking) continue;
    const at = placeIn(node, pointer, atKey === true);
    const quoted = at.kind === "scalar" && at.style !== "plain";
    problems.report(code, at.span, message.charAt(0).toUpperCase() + message.slice(1), { ...(hint === undefined ? {} : { hint }), ...(fix === undefined ? {} : { fix: fixWhole(at.span, quoted, fix) }) });
  }
}

/** The node that a pointer leads to, as far as it goes. */
function placeIn(node: Node, pointer: Pointer, atKey: boolean): Node {
  let at: Node = node;
  for (const [index, step] of pointer.entries()) {
    const last = index === pointer.length - 1;
    const entry: { readonly key: ScalarNode; readonly value: Node } | undefined = at.kind === "map" ? entryOf(at, String(step)) : undefined;
    const next: Node | undefined = at.kind === "list" ? at.items[Number(step)] : last && atKey ? entry?.key : entry?.value;
    if (next === undefined) return at;
    at = next;
  }
  return at;
}
const entryOf = (node: MapNode, name: string): MapNode["entries"][number] | undefined => node.entries.find(({ key }) => key.text === name);
