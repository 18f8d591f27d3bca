import type { CST } from "yaml";

type Indicator = "explicit-key-ind" | "map-value-ind" | "seq-item-ind" | "doc-start";

/** What stands in front of a key or a value: white space, comments, the indicator, and what flow files do not have. */
export interface Properties {
  readonly found: CST.SourceToken | null;
  readonly comma: CST.SourceToken | null;
  readonly newline: boolean;
  /** A tag or an anchor: the first one. */
  readonly property: CST.SourceToken | null;
  /** A tab that stands where indentation is counted. */
  readonly tab: CST.SourceToken | null;
  /** A `#` that touches the token before it. */
  readonly gluedComment: CST.SourceToken | null;
  /** A token that has no business here. */
  readonly stray: CST.SourceToken | null;
}

interface Place {
  readonly flow: boolean;
  readonly indicator: Indicator;
  readonly next: CST.Token | null | undefined;
  readonly parentIndent: number;
  readonly startOnNewline: boolean;
}

/** One pass over the tokens in front of a node, with YAML's own rules about tabs and comments. */
export function readProperties(tokens: readonly CST.SourceToken[], place: Place): Properties {
  let found: CST.SourceToken | null = null;
  let comma: CST.SourceToken | null = null;
  let property: CST.SourceToken | null = null;
  let tab: CST.SourceToken | null = null;
  let badTab: CST.SourceToken | null = null;
  let gluedComment: CST.SourceToken | null = null;
  let stray: CST.SourceToken | null = null;
  let newline = false;
  let atNewline = place.startOnNewline;
  let hasSpace = place.startOnNewline;
  for (const token of tokens) {
    if (tab) {
      if (atNewline && token.type !== "comment" && token.type !== "newline") badTab ??= tab;
      tab = null;
    }
    switch (token.type) {
      case "space":
        if (!place.flow && token.source.includes("\t") && (place.indicator !== "doc-start" || place.next?.type !== "flow-collection")) tab = token;
        hasSpace = true;
        break;
      case "comment":
        if (!hasSpace) gluedComment ??= token;
        atNewline = false;
        break;
      case "newline":
        atNewline = hasSpace = newline = true;
        break;
      case "anchor":
      case "tag":
        property ??= token;
        atNewline = hasSpace = false;
        break;
      case place.indicator:
        if (found) stray ??= token;
        found = token;
        atNewline = place.indicator === "seq-item-ind" || place.indicator === "explicit-key-ind";
        hasSpace = false;
        break;
      case "comma":
        if (!place.flow || comma) stray ??= token;
        comma ??= token;
        atNewline = hasSpace = false;
        break;
      default:
        stray ??= token;
        atNewline = hasSpace = false;
    }
  }
  const beforeBlock = place.next?.type === "block-map" || place.next?.type === "block-seq";
  if (tab && ((atNewline && tab.indent <= place.parentIndent) || beforeBlock)) badTab ??= tab;
  return { found, comma, newline, property, tab: badTab, gluedComment, stray };
}
