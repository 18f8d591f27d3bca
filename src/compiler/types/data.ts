import type { Span } from "../../core/diagnostic.js";
import type { Data } from "../../core/expression.js";
import type { Json } from "../../core/json.js";
import { NEVER, NULL, resolve, STRING, type Field, type Type } from "../../core/type.js";
import { joinAll } from "../../core/typing/join.js";
import { checkTemplate } from "../../expr/template.js";
import type { ListNode, MapNode, ScalarNode } from "../parse/tree.js";
import type { DataNode } from "../shape/ast.js";
import { asData } from "./as-data.js";
import { noteReads, type Place } from "./expression.js";
import { foreignHoles, notWhatItHolds, readWithoutHole } from "./read-without-hole.js";

/** A piece of data with its type, and with its parts where it was written as a list or an object. */
export interface TypedData {
  readonly span: Span;
  readonly data: Data;
  /** Without its optional: `absent` says that. */
  readonly type: Type;
  /** A hole that may be an empty optional. */
  readonly absent: boolean;
  /** It has a problem that is reported: what follows from it is silent. */
  readonly failed: boolean;
  /** A text that is the path of a value, `input.id`. */
  readonly meant?: string;
  readonly parts: Parts | null;
}
export type Parts =
  | { readonly kind: "list"; readonly items: readonly TypedData[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, { readonly key: ScalarNode; readonly value: TypedData }> };

/** Data as it is written: each scalar is a literal, one hole, or text with holes. */
export function typeData(place: Place, node: DataNode): TypedData {
  if (node.kind === "list") return listData(place, node);
  if (node.kind === "map") return objectData(place, node);
  const { value } = node;
  if (typeof value !== "string") return literal(node, value, value === null ? NULL : { kind: "const", value });
  if (value.includes("${")) return textData(place, node);
  const meant = readWithoutHole(value, place.scope);
  const typed = literal(node, value, { kind: "const", value });
  if (meant === null) {
    place.problems.inText(node, foreignHoles(node.text, place.scope));
    return typed;
  }
  place.problems.report("FC4015", node.span, notWhatItHolds(value, meant), { hint: `write \`"\${${meant}}"\`, or \`"\${'${value}'}"\` if the text is meant` });
  return { ...typed, meant };
}

const literal = (node: ScalarNode, value: Json, type: Type): TypedData => ({ span: node.span, data: { data: "literal", value }, type, absent: false, failed: false, parts: null });

function textData(place: Place, node: ScalarNode): TypedData {
  const { data, type, problems, reads } = checkTemplate(node.text, place.scope);
  const failed = place.problems.inText(node, problems);
  place.problems.inText(node, foreignHoles(node.text, place.scope));
  noteReads(place, node, reads);
  if (data.data === "literal" && typeof data.value === "string" && !failed) return literal(node, data.value, { kind: "const", value: data.value });
  const plain = resolve(type);
  const absent = plain.kind === "optional";
  return { span: node.span, data, type: failed ? NEVER : asData(plain.kind === "optional" ? plain.of : type), absent: absent && !failed, failed, parts: null };
}

function listData(place: Place, node: ListNode): TypedData {
  const items = node.items.map((item) => typeData(place, item));
  for (const { span, absent } of items) {
    if (absent) place.problems.report("FC4004", span, "This may be absent, and an element of a list cannot be left out", { hint: "give it a value with `.orValue(…)`" });
  }
  const failed = items.some((item) => item.failed || item.absent);
  return {
    span: node.span,
    data: items.every(isLiteral) ? { data: "literal", value: items.map(literalValue) } : { data: "list", items: items.map(({ data }) => data) },
    type: { kind: "list", items: joinAll(items.map(({ type }) => type)), length: items.length },
    absent: false,
    failed,
    parts: { kind: "list", items },
  };
}

function objectData(place: Place, node: MapNode): TypedData {
  const fields = new Map(node.entries.map(({ key, value }) => [key.text, { key, value: typeData(place, value) }]));
  const list = [...fields];
  const types = new Map<string, Field>(
    list.map(([name, { value }]) => [name, { type: value.type, required: !value.absent, ...(value.absent ? { why: "the hole may be empty" } : {}) }]),
  );
  return {
    span: node.span,
    data: list.every(([, { value }]) => isLiteral(value))
      ? { data: "literal", value: Object.fromEntries(list.map(([name, { value }]) => [name, literalValue(value)])) }
      : { data: "object", fields: list.map(([name, { value }]) => [name, value.data]) },
    type: { kind: "object", fields: types, rest: "closed" },
    absent: false,
    failed: false,
    parts: { kind: "object", fields },
  };
}

export const isLiteral = ({ data }: TypedData): boolean => data.data === "literal";
const literalValue = ({ data }: TypedData): Json => (data.data === "literal" ? data.value : null);

/** Data that no one wrote: a default such as `${input}`. `span` is where its problems are reported. */
export function impliedData(span: Span, path: readonly [string, ...string[]], type: Type): TypedData {
  const [root, ...names] = path;
  const text = path.join(".");
  const at = [0, text.length] as const;
  let ast: Parameters<typeof hole>[1] = { op: "var", name: root, at };
  for (const name of names) ast = { op: "get", of: ast, name, at };
  const plain = resolve(type);
  const absent = plain.kind === "optional";
  return { span, data: hole(text, ast), type: asData(plain.kind === "optional" ? plain.of : type), absent, failed: plain.kind === "never", parts: null };
}

const hole = (text: string, ast: Extract<Data, { data: "hole" }>["expr"]["ast"]): Data => ({ data: "hole", expr: { text, ast } });

/** What a text position shows: a scalar that becomes text. */
export const TEXT: Type = { kind: "union", of: [STRING, { kind: "number", integer: false }, { kind: "boolean" }] };
