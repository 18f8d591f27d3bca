import { StepError } from "../../core/errors.js";
import type { ExprAst } from "../../core/expression.js";
import { describeType } from "../../core/typing/print.js";
import { similar } from "../../core/typing/similar.js";
import { NEVER, resolve, type Type } from "../../core/type.js";
import { FUNCTION_NAMES, MACROS, NAMESPACES, SIGNATURES } from "../library/table.js";
import type { Parameter, Signature } from "../library/signature.js";
import { FUNCTIONS } from "../evaluate/functions.js";
import { patternProblem } from "../evaluate/pattern.js";
import { TIME_FIELDS, Timestamp } from "../evaluate/time.js";
import { accessPath, ANYTHING, presence } from "../facts.js";
import type { Scope } from "../scope.js";
import { checkGet } from "./access.js";
import { basesOf, isInteger, isOnly, isSilent, type Base } from "./base.js";
import { canJoin } from "./condition.js";
import { known, plain, source, typed, type Checking, type Typed } from "./context.js";

type Call = Extract<ExprAst, { op: "call" }>;

/** A function or a method against its signature. */
export function checkCall(cx: Checking, ast: Call, scope: Scope): Typed {
  const receiver = ast.args[0];
  const namespaced = receiver?.op === "var" && NAMESPACES.includes(receiver.name) && !scope.vars.has(receiver.name);
  const name = namespaced ? `${receiver.name}.${ast.fn}` : ast.fn;
  const signature = SIGNATURES.get(name);
  const given = namespaced ? ast.args.slice(1) : ast.args;
  if (signature === undefined && Object.hasOwn(MACROS, name)) return macroMisused(cx, ast, scope);
  if (signature === undefined && isMacroLike(given, name, scope)) {
    const [of] = given;
    const failures = cx.count();
    if (of?.op === "get") checkGet(cx, of, scope, "loose");
    else if (of !== undefined) cx.check(of, scope);
    if (cx.count() === failures) unknownFunction(cx, ast, name);
    return { ...typed(ast, NEVER), whenTrue: ANYTHING, whenFalse: ANYTHING };
  }
  if (signature !== undefined && !countFits(cx, ast, signature, given, scope)) return typed(ast, NEVER);
  const args = given.map((arg, index) =>
    index === 0 && signature?.parameters[0] === "optional" && arg.op === "get" ? checkGet(cx, arg, scope, "wrapped") : cx.check(arg, scope),
  );
  const made: ExprAst = { ...ast, args: [...(namespaced ? [receiver] : []), ...args.map((arg) => arg.ast)] };
  if (signature === undefined) {
    unknownFunction(cx, ast, name);
    return typed(made, NEVER);
  }
  const failures = cx.count();
  const types = args.map((arg, index) => argument(cx, arg, signature.parameters[Math.min(index, signature.parameters.length - 1)] ?? "value", name, signature));
  if (cx.count() > failures) return typed(made, resultAnyway(signature, types));
  if (types.length > 0 && types.every(isSilent)) return typed(made, resultAnyway(signature, types));
  const result = signature.result(types);
  if (typeof result === "string") {
    if (!args.some((arg) => cx.failed(arg.ast))) cx.report(ast, name === "sortBy" && result.startsWith("has no field") ? "FC3101" : "FC4106", `\`${name}\` ${result}`, { hint: `its form is \`${signature.form}\`` });
    return typed(made, NEVER);
  }
  const call = typed(made, special(cx, name, args, types, result));
  if (cx.count() === failures) failsAlways(cx, ast, name, args);
  const path = name === "hasValue" && args[0] !== undefined ? accessPath(args[0].ast) : null;
  return path === null ? call : { ...call, whenTrue: presence(path) };
}

/** `hass(a.b)`, `xs.filtr(x, x.ok)`: a comprehension misspelt, so that its arguments are no values. */
const isMacroLike = ([, element]: readonly ExprAst[], name: string, { vars }: Scope): boolean =>
  similar(name, Object.keys(MACROS)) !== null || (element?.op === "var" && !vars.has(element.name));

/** The result's type where an argument has a reported problem: what is certain all the same. */
function resultAnyway(signature: Signature, types: readonly Type[]): Type {
  const result = signature.result(types);
  return typeof result === "string" ? NEVER : result;
}

/** What one function checks beyond its signature. */
function special(cx: Checking, name: string, args: readonly Typed[], types: readonly Type[], result: Type): Type {
  const [first, second] = args;
  if (name === "orValue" && first !== undefined && second !== undefined) {
    const value = resolve(types[0] ?? NEVER);
    const of = value.kind === "optional" ? value.of : value;
    if (!canJoin(of, types[1] ?? NEVER)) {
      cx.report(second.ast, "FC4103", `\`${source(cx, first.ast)}\` is ${describeType(of)}, but the default \`${source(cx, second.ast)}\` is ${describeType(types[1] ?? NEVER)}`, { hint: "give a default of the same type" });
      return of;
    }
  }
  if (name === "matches" && second?.ast.op === "lit" && typeof second.ast.value === "string") {
    const problem = patternProblem(second.ast.value);
    if (problem !== null) cx.report(second.ast, "FC4111", `\`${second.ast.value}\` is no RE2 pattern: ${problem}`, { hint: "RE2 has no look-ahead, look-behind or back-references, so that no pattern can hang" });
  }
  return result;
}

/** What depends on nothing but the text is known before the flow runs: `duration('1x')` is a problem now. */
function failsAlways(cx: Checking, ast: Call, name: string, args: readonly Typed[]): void {
  const values: unknown[] = args.map((arg) => (arg.ast.op === "lit" ? arg.ast.value : undefined));
  // A time zone is known or not, whatever the instant is.
  if (TIME_FIELDS.includes(name) && typeof values[1] === "string") values[0] = new Timestamp(0);
  const size = name === "chunk" ? values[1] : undefined;
  if (typeof size === "number" && size < 1) return cx.report(ast, "FC4106", "`chunk` makes lists of at least one element", { hint: "its form is `chunk(xs, n)`" });
  if (values.length === 0 || values.includes(undefined)) return;
  try {
    FUNCTIONS.get(name)?.(...values);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    cx.report(ast, "FC4106", `\`${source(cx, ast)}\` always fails: ${error.message}`);
  }
}

/** Where it does not, the arguments are not looked at: they may name an element, as in `xs.sum(x, x.price)`. */
function countFits(cx: Checking, ast: Call, signature: Signature, args: readonly ExprAst[], scope: Scope): boolean {
  const most = signature.repeated === true ? 32 : signature.parameters.length;
  const least = signature.parameters.length - (signature.optional ?? 0);
  if (args.length >= least && args.length <= most) return true;
  const [first, second] = args;
  if (first !== undefined) cx.check(first, scope);
  const named = first !== undefined && second?.op === "var" && args.length === 3 && !scope.vars.has(second.name);
  const hint = named && ast.fn !== "sortBy" ? `write \`${source(cx, first)}.map(${second.name}, …).${ast.fn}()\`` : `its form is \`${signature.form}\``;
  cx.report(ast, "FC4106", `\`${ast.fn}\` is called with ${args.length} ${args.length === 1 ? "argument" : "arguments"}`, { hint });
  return false;
}

function argument(cx: Checking, arg: Typed, parameter: Parameter, name: string, signature: Signature): Type {
  if (parameter === "optional") {
    const type = resolve(arg.type);
    if (type.kind !== "optional" && !isSilent(type)) {
      cx.report(arg.ast, "FC4106", `\`${source(cx, arg.ast)}\` is always there, so \`${name}\` has nothing to do`, { hint: `leave \`.${name}(…)\` out` });
      return NEVER;
    }
    return arg.type;
  }
  if (parameter === "value") return plain(cx, arg);
  const bases: readonly Base[] = typeof parameter === "string" ? [parameter === "integer" ? "number" : parameter] : parameter;
  const type = bases.includes("null") ? plain(cx, arg) : known(cx, arg);
  const misfit = [...basesOf(type)].some((base) => !bases.includes(base));
  if (misfit && cx.failed(arg.ast)) return NEVER;
  if (misfit) {
    const wanted = bases.filter((base) => base !== "null").map((base) => NAMES[base]).join(" or ");
    cx.report(arg.ast, "FC4106", `\`${name}\` needs ${wanted}, but \`${source(cx, arg.ast)}\` is ${describeType(type)}`, { hint: `its form is \`${signature.form}\`` });
    return NEVER;
  }
  if (parameter === "integer" && !isInteger(type) && isOnly(type, "number") && !isSilent(type)) {
    cx.report(arg.ast, "FC4106", `\`${source(cx, arg.ast)}\` may be a fraction, and \`${name}\` needs a whole number`, { hint: `write \`int(${source(cx, arg.ast)})\`` });
  }
  return type;
}

const NAMES: Readonly<Record<Base, string>> = {
  any: "a value", null: "null", boolean: "true or false", number: "a number", string: "a string", list: "a list", object: "an object", timestamp: "a timestamp", duration: "a duration",
};

const FOREIGN: Readonly<Record<string, string>> = {
  length: "size(x)", len: "size(x)", count: "size(x)", toString: "string(x)", str: "string(x)", includes: "s.contains(part) for texts, x in xs for lists", toLowerCase: "s.lowerAscii()", lower: "s.lowerAscii()", lowercase: "s.lowerAscii()",
  toUpperCase: "s.upperAscii()", upper: "s.upperAscii()", uppercase: "s.upperAscii()", parseInt: "int(x)", parseFloat: "double(x)", float: "double(x)", number: "double(x)", some: "xs.exists(x, …)", any: "xs.exists(x, …)", every: "xs.all(x, …)",
  find: "xs.filter(x, …).first()", reduce: "sum(xs), or a loop step", forEach: "a map step", push: "xs + [x]", concat: "xs + ys", round: "math.round(x)", floor: "math.floor(x)", ceil: "math.ceil(x)", abs: "math.abs(x)",
  now: "run.now", keys: "m.map(key, …)", coalesce: "o.orValue(d)", default: "o.orValue(d)", get: "m[?'key']", uuid: "run.id", toFixed: "math.round(x * 100) / 100", format: "${…} in mixed text", exists_any: "xs.exists(x, …)", stringify: "json(x)", to_json: "json(x)", toJson: "json(x)", tojson: "json(x)",
};

function unknownFunction(cx: Checking, ast: Call, name: string): void {
  const [receiver] = ast.args;
  // `Math.round(x)`: the problem is the receiver's name, and is reported there.
  if (receiver?.op === "var" && NAMESPACES.includes(receiver.name.toLowerCase()) && cx.failed(receiver)) return;
  const message = `There is no function \`${name}\``;
  const foreign = Object.hasOwn(FOREIGN, ast.fn) ? FOREIGN[ast.fn] : undefined;
  if (foreign !== undefined) return cx.report(ast, "FC3102", message, { hint: `write \`${foreign}\`` });
  const near = similar(name, [...FUNCTION_NAMES, ...Object.keys(FOREIGN)]);
  const hint = near === null ? "all functions are in docs/reference/functions.md" : Object.hasOwn(FOREIGN, near) ? `write \`${FOREIGN[near]}\`` : `did you mean \`${near}\`?`;
  return cx.report(ast, "FC3102", message, { hint });
}

/** `xs.map(x)`: its arguments name an element, so they are not checked as values. */
function macroMisused(cx: Checking, ast: Call, scope: Scope): Typed {
  const [receiver] = ast.args;
  if (receiver !== undefined) cx.check(receiver, scope);
  cx.report(ast, "FC4106", `\`${ast.fn}\` is called with the wrong number of arguments`, { hint: `write \`xs.${ast.fn}(x, …)\`` });
  return typed(ast, NEVER);
}
