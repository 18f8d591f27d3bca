import { Lexer, Parser, type CST } from "yaml";
import { composeDocument, MAX_DEPTH, MAX_NODES, type Pass } from "./compose.js";
import { shorten, type Problem } from "./problem.js";
import { stray, tooDeep, tooManyNodes } from "./trap/structure.js";
import type { Node, SourceFile } from "./tree.js";

export interface Read {
  readonly documents: readonly { readonly node: Node | null; readonly start: number }[];
  readonly problems: readonly Problem[];
}

/** Keys are scalars too: twice the nodes, and some. */
const MAX_SCALARS = 2 * MAX_NODES + 10_000;
const MAX_STACK = MAX_DEPTH * 5;
/** What the lexer puts in front of every scalar. */
const SCALAR = "\u001f";

/** One pass over the text; in the places of `meant` it holds ordinary words instead of what `source` has there. */
export function readOnce(source: SourceFile, text: string, meant: ReadonlyMap<number, number>): Read {
  const pass: Pass = { source, meant, problems: [], nodes: 0, broken: false };
  const documents: { node: Node | null; start: number }[] = [];
  const parser = new Parser();
  let scalars = 0;
  const take = (token: CST.Token) => {
    if (token.type === "document") documents.push({ node: composeDocument(pass, token), start: token.offset });
    else if (!pass.broken) {
      const problem = outside(token);
      if (problem) pass.problems.push(problem);
      if (problem?.breaks) pass.broken = true;
    }
  };
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === SCALAR && ++scalars > MAX_SCALARS) return { documents: [], problems: [tooManyNodes(parser.offset, MAX_NODES)] };
    if (parser.stack.length > MAX_STACK) return { documents: [], problems: [tooDeep(parser.offset, MAX_DEPTH)] };
    for (const token of parser.next(lexeme)) take(token);
    if (pass.nodes > MAX_NODES) break;
  }
  if (pass.nodes <= MAX_NODES) for (const token of parser.end()) take(token);
  return { documents, problems: pass.problems };
}

/** What may stand between documents. */
function outside(token: CST.Token): Problem | null {
  switch (token.type) {
    case "directive":
      return {
        code: "FC1017",
        message: `\`${shorten(token.source)}\` is a YAML directive, and flow files have none`,
        start: token.offset,
        end: token.offset + token.source.length,
        hint: "remove the line",
        breaks: true,
        lost: true,
      };
    case "error":
      return stray(token.offset, token.source);
    case "doc-end": {
      const other = token.end?.find((part) => part.type !== "space" && part.type !== "newline" && part.type !== "comment");
      return other ? stray(other.offset, other.source) : null;
    }
    default:
      return null;
  }
}
