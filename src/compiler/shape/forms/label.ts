import type { Node } from "../../parse/tree.js";
import type { Outline } from "./form.js";

/** A form in words, for "`as` wants a name". */
export function label(outline: Outline): string {
  switch (outline.is) {
    case "text":
      return outline.called ?? "a text";
    case "word":
      return outline.words.length === 1 ? `\`${outline.words[0]}\`` : `one of ${outline.words.map((word) => `\`${word}\``).join(", ")}`;
    case "number":
      return outline.whole ? "a whole number" : "a number";
    case "boolean":
      return "`true` or `false`";
    case "duration":
      return "a duration such as `30s`";
    case "cel":
      return "an expression";
    case "data":
      return "a value";
    case "type":
      return "a type";
    case "list":
      return `a list of ${plural(outline.of)}`;
    case "record":
      return `a map of ${outline.called}`;
    case "keys":
      return outline.called.startsWith("{") ? `a map \`${outline.called}\`` : outline.called;
    case "either":
      return [...new Set(outline.of.map(label))].join(" or ");
    case "named":
      return label(outline.get());
  }
}

function plural(outline: Outline): string {
  if (outline.is === "named") return plural(outline.get());
  if (outline.is === "either") return [...new Set(outline.of.map(plural))].join(" or ");
  if (outline.is === "word" || outline.is === "list") return label(outline);
  const [one, of] = label(outline).replace(/^(an?|the) /, "").split(" of ");
  return of === undefined ? many(one ?? "") : `${many(one ?? "")} of ${many(of.replace(/^an? /, ""))}`;
}

const many = (noun: string): string => `${noun.replace(/y$/, "ie").replace(/(ch|s)$/, "$1e")}s`;

/** What stands there instead. */
export function found(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (node.value === null) return "empty";
  if (node.text.length > 40 || node.text.includes("\n")) return "a text";
  return typeof node.value === "string" ? `\`${node.text}\`` : `the ${typeof node.value} \`${node.text}\``;
}
