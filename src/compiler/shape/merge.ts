import type { MapNode, Node } from "../parse/tree.js";

/** A deep merge: maps key by key, everything else is replaced. Each value keeps the place where it is written. */
export function mergeNodes(under: Node, over: Node): Node {
  if (under.kind !== "map" || over.kind !== "map") return over;
  const merged = under.entries.map((entry) => {
    const other = over.entries.find(({ key }) => key.text === entry.key.text);
    return other === undefined ? entry : { ...other, value: mergeNodes(entry.value, other.value) };
  });
  const added = over.entries.filter(({ key }) => under.entries.every((entry) => entry.key.text !== key.text));
  return { ...under, entries: [...merged, ...added] };
}

export const without = (map: MapNode, name: string): MapNode => ({ ...map, entries: map.entries.filter(({ key }) => key.text !== name) });
export const valueOf = (map: MapNode, name: string): Node | undefined => map.entries.find(({ key }) => key.text === name)?.value;
