import type { Data, Expr, Prompt } from "../core/expression.js";
import type { Json } from "../core/json.js";
import { compileExpr, type Env } from "./evaluate.js";
import { textOf } from "./evaluate/text-of.js";
import { toData } from "./evaluate/to-data.js";

/** Data with holes as a function of the variables. Literal parts are shared between calls: results are read-only. */
export function compileData(data: Data): (env: Env) => Json {
  const render = compilePart(data);
  return (env) => toData(render(env), "data");
}

/** Undefined where a hole is an empty optional: its key is left out. */
type Part = (env: Env) => Json | undefined;

function compilePart(data: Data): Part {
  switch (data.data) {
    case "literal": {
      const { value } = data;
      return () => value;
    }
    case "hole": {
      const { text } = data.expr;
      const evaluate = compileExpr(data.expr.ast, text);
      return (env) => {
        const value = evaluate(env);
        return value === undefined ? undefined : toData(value, text);
      };
    }
    case "text":
      return compileText(data.parts);
    case "list": {
      const items = data.items.map(compilePart);
      return (env) => items.map((item) => item(env) ?? null);
    }
    case "object": {
      const fields = data.fields.map(([key, value]) => [key, compilePart(value)] as const);
      return (env) => {
        const entries: [string, Json][] = [];
        for (const [key, render] of fields) {
          const value = render(env);
          if (value !== undefined) entries.push([key, value]);
        }
        return Object.fromEntries(entries);
      };
    }
  }
}

function compileText(parts: readonly (string | Expr)[]): (env: Env) => string {
  const pieces = parts.map((part) => {
    if (typeof part === "string") return part;
    const evaluate = compileExpr(part.ast, part.text);
    return (env: Env) => textOf(evaluate(env));
  });
  return (env) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(env);
    return text;
  };
}

/** A prompt as a function of the variables; a `for` binds its name over those around it. */
export function compilePrompt(prompt: Prompt): (env: Env) => string {
  const parts = prompt.map((part): ((env: Env) => string) => {
    if (typeof part === "string") return () => part;
    switch (part.part) {
      case "hole":
        return compileText([part.expr]);
      case "if": {
        const test = compileExpr(part.test.ast, part.test.text);
        const [yes, no] = [compilePrompt(part.then), compilePrompt(part.else)];
        return (env) => (test(env) === true ? yes(env) : no(env));
      }
      case "for": {
        const over = compileExpr(part.over.ast, part.over.text);
        const body = compilePrompt(part.body);
        return (env) => {
          const items = over(env);
          return Array.isArray(items) ? items.map((item: unknown) => body(bind(env, part.as, item))).join("") : "";
        };
      }
    }
  });
  return (env) => parts.map((part) => part(env)).join("");
}

/** The variables with one more. */
function bind(env: Env, name: string, value: unknown): Env {
  const inner: Record<string, unknown> = Object.assign(Object.create(null), env);
  inner[name] = value;
  return inner;
}
