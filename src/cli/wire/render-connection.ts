import type { Connection, Expr, SecretRef } from "../../core/expression.js";
import type { Json } from "../../core/json.js";
import type { Secrets } from "../../core/ports/secret.js";
import { compileExpr } from "../../expr/evaluate.js";
import { textOf } from "../../expr/evaluate/text-of.js";

/**
 * A connection field as a function of the tool's input. Secrets are read at each use and kept nowhere. What comes from
 * data goes through `encode`, which also gets the text before it.
 */
export function renderConnection(connection: Connection, secrets: Secrets, encode: (text: string, before: string) => string = (text) => text): (input: Json) => Promise<string> {
  const parts = connection.map((part): ((env: Readonly<Record<string, unknown>>, before: string) => string | Promise<string>) => {
    if (typeof part === "string") return () => part;
    if (isSecret(part)) return () => secrets.read(part);
    const evaluate = compileExpr(part.ast, part.text);
    return (env, before) => encode(textOf(evaluate(env)), before);
  });
  return async (input) => {
    const env: Record<string, unknown> = Object.assign(Object.create(null), { input });
    let text = "";
    for (const part of parts) text += await part(env, text);
    return text;
  };
}

/** Rejects where one of its secrets is not set. */
export async function needSecretsOf(connection: Connection, secrets: Secrets): Promise<void> {
  for (const part of connection) if (typeof part !== "string" && isSecret(part)) await secrets.read(part);
}

const isSecret = (part: Expr | SecretRef): part is SecretRef => "secret" in part;
