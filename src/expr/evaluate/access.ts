import { StepError } from "../../core/errors.js";
import type { ExprAst } from "../../core/expression.js";
import type { Closure, Compiling } from "../evaluate.js";
import { chained, isHolder, needsOwn, own } from "./own.js";

type Get = Extract<ExprAst, { op: "get" }>;
type Index = Extract<ExprAst, { op: "index" }>;

/** Objects that chain to those of the blocks around. */
const CHAINED: ReadonlySet<string> = new Set(["steps", "info", "branches"]);

export function compileVariable(name: string, { slots }: Compiling): Closure {
  const slot = slots.get(name);
  return slot === undefined ? (env) => env[name] : (_env, locals) => locals[slot];
}

export function compileGet(ast: Get, cx: Compiling): Closure {
  if (ast.opt) return compileRead(ast, cx);
  const message = `\`${cx.text.slice(...ast.at)}\` is not there`;
  const { of: holder, name } = ast;
  // `msg.total`: what conditions are made of, in one closure.
  if (holder.op === "var" && !cx.slots.has(holder.name) && !needsOwn(name)) {
    const root = holder.name;
    return (env) => {
      const of = env[root];
      const value = isHolder(of) ? of[name] : undefined;
      if (value === undefined) throw new StepError("expr", message);
      return value;
    };
  }
  const read = compileRead(ast, cx);
  return (env, locals) => {
    const value = read(env, locals);
    if (value === undefined) throw new StepError("expr", message);
    return value;
  };
}

function compileRead({ of: holder, name }: Get, cx: Compiling): Closure {
  const root = holder.op === "var" && !cx.slots.has(holder.name) ? holder.name : null;
  const of = cx.compile(holder);
  if (needsOwn(name)) {
    const read = root !== null && CHAINED.has(root) ? chained : own;
    return (env, locals) => read(of(env, locals), name);
  }
  if (root !== null) {
    return (env) => {
      const value = env[root];
      return isHolder(value) ? value[name] : undefined;
    };
  }
  return (env, locals) => {
    const value = of(env, locals);
    return isHolder(value) ? value[name] : undefined;
  };
}

export function compileIndex(ast: Index, cx: Compiling): Closure {
  const [of, at] = [cx.compile(ast.of), cx.compile(ast.index)];
  const source = cx.text.slice(...ast.at);
  return (env, locals) => {
    const holder = of(env, locals);
    const key = at(env, locals);
    const value: unknown = Array.isArray(holder) ? (typeof key === "number" ? holder[key] : undefined) : own(holder, String(key));
    if (value !== undefined || ast.opt) return value;
    throw new StepError("expr", Array.isArray(holder) ? `\`${source}\`: there is no element ${String(key)}, the list has ${holder.length}` : `\`${source}\` is not there`);
  };
}

/** False when any part of the chain is absent. */
export function compileHas(of: ExprAst, cx: Compiling): Closure {
  const read = cx.compile(loosely(of));
  return (env, locals) => read(env, locals) !== undefined;
}
const loosely = (ast: ExprAst): ExprAst => (ast.op === "get" || ast.op === "index" ? { ...ast, of: loosely(ast.of), opt: true } : ast);
