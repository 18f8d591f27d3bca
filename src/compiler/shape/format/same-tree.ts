import type { Node } from "../../parse/tree.js";
import { oneHole } from "../forms/hole.js";

/** Whether two documents say the same: keys in any order, `${x}` like `x`. */
export const sameTree = (before: readonly Node[], after: readonly Node[]): boolean =>
  before.length === after.length && before.every((node, index) => same(node, after[index]));

function same(a: Node, b: Node | undefined): boolean {
  if (a.kind === "list") return b?.kind === "list" && a.items.length === b.items.length && a.items.every((item, index) => same(item, b.items[index]));
  if (a.kind === "map") {
    return b?.kind === "map" && a.entries.length === b.entries.length && a.entries.every(({ key, value }) => same(value, b.entries.find((other) => other.key.text === key.text)?.value));
  }
  if (b?.kind !== "scalar") return false;
  const hole = oneHole(a.text);
  return Object.is(a.value, b.value) || (hole !== null && a.text.slice(...hole).trim() === b.text);
}
