import type { Span } from "../../core/diagnostic.js";
import type { Json } from "../../core/json.js";
import type { MapEntry, Node } from "./tree.js";

export interface NodeJson {
  readonly json: Json;
  /** The value at a pointer (or the nearest one above it that is there); `key`: the key in front of it. */
  place(pointer: readonly (string | number)[], key?: boolean): Span;
}

/** A tree as plain JSON, with the way back from a place in it to the file. Unquoted scalars have their YAML type. */
export function nodeToJson(node: Node): NodeJson {
  return { json: toJson(node), place: (pointer, key = false) => find(node, pointer, key) };
}

function toJson(node: Node): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map":
      return Object.fromEntries(node.entries.map((entry) => [entry.key.text, toJson(entry.value)]));
  }
}

function find(node: Node, pointer: readonly (string | number)[], key: boolean): Span {
  let at = node;
  let entry: MapEntry | null = null;
  for (const step of pointer) {
    entry = at.kind === "map" ? (at.entries.find((one) => one.key.text === String(step)) ?? null) : null;
    const next = entry ? entry.value : at.kind === "list" ? at.items[Number(step)] : undefined;
    if (next === undefined) return at.span;
    at = next;
  }
  return key && entry ? entry.key.span : at.span;
}
