import { StepError } from "../core/errors.js";
import type { Data, Expr, ExprAst, Prompt } from "../core/expression.js";
import { isJsonObject, type Json } from "../core/json.js";
import { compileExpr, type Env } from "./evaluate.js";
import { textOf } from "./evaluate/text-of.js";
import { Duration, Timestamp } from "./evaluate/time.js";
import { toData } from "./evaluate/to-data.js";

/** Data with holes as a function of the variables. Parts without holes are made once and shared: results are read-only. */
export function compileData(data: Data): (env: Env) => Json {
  const render = compilePart(data);
  return (env) => {
    const value = render(env);
    if (value !== undefined) return value;
    throw new StepError("expr", `\`${data.data === "hole" ? data.expr.text.trim() : "data"}\` is absent`);
  };
}

/** The same where nothing needs a value: undefined is an empty optional, and the step or block then yields nothing. */
export const compileOptionalData = (data: Data): ((env: Env) => Json | undefined) => compilePart(data);

/** Undefined where a hole is an empty optional: its key is left out. */
type Part = (env: Env) => Json | undefined;

function compilePart(data: Data): Part {
  const constant = constantOf(data);
  if (constant !== undefined) return () => constant;
  switch (data.data) {
    case "literal":
      return () => data.value;
    case "hole": {
      const { text } = data.expr;
      const evaluate = compileExpr(data.expr.ast, text);
      const convert = isStored(data.expr.ast) ? storedData : toData;
      return (env) => {
        const value = evaluate(env);
        return value === undefined ? undefined : convert(value, text);
      };
    }
    case "text":
      return compileText(data.parts);
    case "list": {
      const items = data.items.map(compilePart);
      return (env) => items.map((item) => item(env) ?? null);
    }
    case "object":
      return compileObject(data.fields);
  }
}

/** What these hold came in as a message or stands in the journal, so it is data already; `run` and `meta` hold timestamps. */
const STORED: ReadonlySet<string> = new Set(["input", "steps", "state", "output", "msg"]);

/** A plain read below one of them: what it gives need not be looked through. */
function isStored(ast: ExprAst): boolean {
  if (ast.op === "get" || ast.op === "index") return isStored(ast.of);
  return ast.op === "var" && STORED.has(ast.name);
}

const storedData = (value: unknown, text: string): Json => (isJsonObject(value) && !(value instanceof Timestamp || value instanceof Duration) ? value : Array.isArray(value) ? value : toData(value, text));

function compileObject(parts: readonly (readonly [string, Data])[]): Part {
  const fields = parts.map(([key, value]) => [key, compilePart(value)] as const);
  return (env) => {
    const made: Record<string, Json> = {};
    for (const [key, render] of fields) {
      const value = render(env);
      if (value === undefined) continue;
      // Assigning would set the prototype.
      if (key === "__proto__") Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
      else made[key] = value;
    }
    return made;
  };
}

/** The value of a part without holes. */
function constantOf(data: Data): Json | undefined {
  switch (data.data) {
    case "literal":
      return data.value;
    case "hole":
    case "text":
      return undefined;
    case "list": {
      const items = data.items.map(constantOf).filter((item) => item !== undefined);
      return items.length === data.items.length ? items : undefined;
    }
    case "object": {
      const fields = data.fields.map(([key, value]) => [key, constantOf(value)] as const);
      const entries = fields.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
      return entries.length === fields.length ? Object.fromEntries(entries) : undefined;
    }
  }
}

function compileText(parts: readonly (string | Expr)[]): (env: Env) => string {
  const pieces = parts.map((part) => {
    if (typeof part === "string") return part;
    const evaluate = compileExpr(part.ast, part.text);
    return (env: Env) => inText(evaluate(env), part.text);
  });
  return (env) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(env);
    return text;
  };
}

/** A value in mixed text. NaN is no more wanted there than where it would be a number. */
function inText(value: unknown, text: string): string {
  if (typeof value === "string") return value;
  return textOf(value === undefined || typeof value === "number" ? toData(value, text.trim()) : value);
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
