import type { MapNode, Node, ScalarNode } from "../../parse/tree.js";
import type { KeysOutline, Outline } from "../forms/form.js";
import { oneHole } from "../forms/hole.js";
import { endOf } from "./end-of.js";
import { keyOrder } from "./key-order.js";
import { reorder, type Part } from "./reorder.js";

/** The text of a node as it is, with the keys of its maps in their usual order and bare expressions bare. */
export function printNode(node: Node, outline: Outline, text: string): string {
  switch (outline.is) {
    case "named":
      return printNode(node, outline.get(), text);
    case "cel":
      return node.kind === "scalar" ? bare(node, text) : asItIs(node, text);
    case "list":
      return node.kind === "list" ? within(node, node.items.map((item) => ({ node: item, printed: printNode(item, outline.of, text) })), text) : asItIs(node, text);
    case "record":
      return node.kind === "map" ? within(node, node.entries.map(({ value }) => ({ node: value, printed: printNode(value, outline.of, text) })), text) : asItIs(node, text);
    case "keys":
      return node.kind === "map" ? printKeys(node, outline, text) : asItIs(node, text);
    case "either": {
      const fitting = outline.of.find((one) => fits(node, one));
      return fitting === undefined ? asItIs(node, text) : printNode(node, fitting, text);
    }
    case "text":
    case "word":
    case "number":
    case "boolean":
    case "duration":
    case "data":
    case "type":
      return asItIs(node, text);
  }
}

const asItIs = (node: Node, text: string): string => text.slice(node.span.start, endOf(node, text));

function fits(node: Node, outline: Outline): boolean {
  switch (outline.is) {
    case "named":
      return fits(node, outline.get());
    case "either":
      return outline.of.some((one) => fits(node, one));
    case "list":
      return node.kind === "list";
    case "record":
    case "keys":
      return node.kind === "map";
    case "cel":
      return node.kind === "scalar";
    case "text":
    case "word":
    case "number":
    case "boolean":
    case "duration":
    case "data":
    case "type":
      return false;
  }
}

/** The text of a node with its children's texts in place of what they were. */
function within(node: Node, children: readonly { readonly node: Node; readonly printed: string }[], text: string): string {
  let printed = "";
  let at = node.span.start;
  for (const child of children) {
    printed += text.slice(at, child.node.span.start) + child.printed;
    at = endOf(child.node, text);
  }
  return printed + text.slice(at, endOf(node, text));
}

function printKeys(node: MapNode, outline: KeysOutline, text: string): string {
  const names = node.entries.map(({ key }) => key.text);
  const { keys, order } = keyOrder(outline, names);
  const parts = node.entries.map(({ key, value, span }): Part => {
    const inside = Object.hasOwn(keys, key.text) ? keys[key.text]?.form.outline : undefined;
    const printed = inside === undefined ? asItIs(value, text) : printNode(value, inside, text);
    return { start: span.start, end: endOf(value, text), printed: text.slice(key.span.start, value.span.start) + printed };
  });
  return reorder(node, parts, order, text);
}

/** `"${x}"` where `x` is meant. */
function bare(node: ScalarNode, text: string): string {
  const hole = oneHole(node.text);
  if (hole === null || node.style === "block") return asItIs(node, text);
  const inside = text.slice(node.offsetOf(hole[0]), node.offsetOf(hole[1])).trim();
  if (node.style === "double") return `"${inside}"`;
  if (node.style === "single") return `'${inside}'`;
  return /^[A-Za-z_][\w.() <>=+/?-]*$/.test(inside) ? inside : JSON.stringify(inside);
}

