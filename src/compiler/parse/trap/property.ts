import type { CST } from "yaml";
import { shorten, type Problem } from "../problem.js";
import type { Where } from "../where.js";
import { quotedWhole, quoteTrap } from "./value.js";

/** A tag or an anchor in front of a value: mostly an expression that begins with `!` or `&`. */
export function property(text: string, token: CST.SourceToken, where: Where): Problem {
  const end = token.offset + token.source.length;
  if (token.type === "anchor") {
    return { code: "FC1007", message: `\`${shorten(token.source)}\` is a YAML anchor, and flow files have none`, start: token.offset, end, hint: "write the value out where it is needed, or quote it if it is text" };
  }
  if (/^!(?:!|<|$)/.test(token.source)) {
    return { code: "FC1008", message: `\`${shorten(token.source)}\` is a YAML tag, and flow files have none`, start: token.offset, end, hint: "leave it out: types are declared by schemas" };
  }
  return quoteTrap("FC1008", `\`!\` at the start of an unquoted value makes it a YAML tag, so \`${shorten(token.source)}\` must be quoted with the rest of the value`, text, token.offset, where);
}

/** `*name`. Behind a merge key it is part of that problem. */
export function alias(text: string, token: CST.FlowScalar, where: Where): Problem | null {
  if (where.key === "<<") return null;
  const { end, fix, quoted } = quotedWhole(text, token.offset, where);
  const alone = (token.end ?? []).every((part) => part.type === "space" || part.type === "newline" || part.type === "comment");
  return {
    code: "FC1007",
    message: `\`${shorten(token.source)}\` is a YAML alias, and flow files have none`,
    start: token.offset,
    end,
    hint: `write the value out, or quote it if it is text: \`${quoted}\``,
    fix,
    ...(alone ? {} : { meant: { start: token.offset, end }, breaks: true as const }),
    lost: true,
  };
}
