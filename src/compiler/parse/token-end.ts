import type { CST } from "yaml";
import { scalarEnd } from "./scalar.js";

/** Offset behind the last character that a token and all tokens in it cover, white space and comments left out. */
export function tokenEnd(token: CST.Token): number {
  switch (token.type) {
    case "scalar":
    case "single-quoted-scalar":
    case "double-quoted-scalar":
    case "block-scalar":
      return scalarEnd(token);
    case "flow-collection": {
      const close = token.end[0];
      if (close) return close.offset + close.source.length;
      return Math.max(token.offset + 1, ...token.items.map(itemEnd));
    }
    case "block-map":
    case "block-seq":
      return Math.max(token.offset, ...token.items.map(itemEnd));
    case "document":
      return token.value ? tokenEnd(token.value) : token.offset;
    default:
      return token.offset + ("source" in token ? token.source.length : 1);
  }
}

function itemEnd(item: CST.CollectionItem): number {
  const parts = [...item.start, item.key, ...(item.sep ?? []), item.value];
  let end = 0;
  for (const part of parts) {
    if (part && part.type !== "space" && part.type !== "newline" && part.type !== "comment") end = Math.max(end, tokenEnd(part));
  }
  return end;
}
