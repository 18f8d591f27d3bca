import type { Json } from "../../core/json.js";
import type { Node } from "../parse/tree.js";

/** The value that a node holds. */
export function toJson(node: Node): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, toJson(value)]));
  }
}
