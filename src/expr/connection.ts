import type { TextProblem } from "../core/diagnostic.js";
import type { Connection, Expr, SecretRef } from "../core/expression.js";
import { checkTextHole, findings, misplacedPromptParts, secretOf } from "./hole.js";
import type { ReadRange, Scope } from "./scope.js";
import { cutHoles } from "./syntax/holes.js";

export interface CheckedConnection {
  readonly connection: Connection;
  readonly problems: readonly TextProblem[];
  readonly reads: readonly ReadRange[];
  readonly secrets: readonly SecretRef[];
}

/** A variable's name, a path, a path with a key: anything else is an expression by mistake. */
const NAMES: Readonly<Record<SecretRef["secret"], RegExp>> = { env: /^[A-Za-z_]\w*$/, file: /^[^'"]+$/, vault: /^[^\s'"#]+#[^\s'"#]+$/ };

/** A connection field (url, a header, api_key, base_url): the only place where secrets may stand. */
export function checkConnection(text: string, scope: Scope): CheckedConnection {
  const { pieces, problem } = cutHoles(text);
  if (problem !== null) return { connection: [text], problems: [problem], reads: [], secrets: [] };
  const found = findings();
  const connection: (string | Expr | SecretRef)[] = [];
  const secrets: SecretRef[] = [];
  const isPromptPart = misplacedPromptParts(found);
  for (const piece of pieces) {
    if (piece.piece === "text") {
      connection.push(piece.text);
      continue;
    }
    const secret = secretOf(piece.inside);
    if (isPromptPart(piece)) continue;
    if (secret === null) {
      const expr = checkTextHole(piece, scope, found);
      if (expr !== null) connection.push(expr);
    } else if (!NAMES[secret.secret].test(secret.name)) {
      const message = `The secret \`${piece.inside}\` has no ${secret.name === "" ? "name" : "name of its kind"}`;
      found.problems.push({ code: "FC1106", start: piece.start, end: piece.end, message, hint: "write `${env:NAME}`, `${file:PATH}` or `${vault:path#key}`" });
    } else {
      connection.push(secret);
      secrets.push(secret);
    }
  }
  return { connection, ...found, secrets };
}
