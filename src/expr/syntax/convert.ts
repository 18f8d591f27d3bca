import type { ASTNode } from "@marcbachmann/cel-js";
import type { TextProblem } from "../../core/diagnostic.js";
import type { ExprAst } from "../../core/expression.js";

/** Thrown while converting, caught by `parseExpr`. */
export class Unparsable extends Error {
  readonly problem: TextProblem;
  constructor(problem: TextProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Left-deep chains (`a + b + …`) are deeper than they look; beyond this the checker's recursion would not be safe. */
const MAX_LEVELS = 400;

/** The macros of CEL: the first argument names the element, the others are evaluated for each. */
const EACH: ReadonlyMap<string, readonly number[]> = new Map([
  ["map", [2, 3]], ["filter", [2]], ["all", [2]], ["exists", [2]], ["exists_one", [2]], ["optMap", [2]], ["optFlatMap", [2]],
]);

/** From the parser's tree to ours. Parentheses are in no node of the parser; `at` gets them back, so that it can be printed. */
export function convert(text: string, root: ASTNode): ExprAst {
  return node(root, 0);

  function node(cel: ASTNode, level: number): ExprAst {
    if (level > MAX_LEVELS) throw new Unparsable(tooDeep(text));
    const below = level + 1;
    switch (cel.op) {
      case "value":
        return { op: "lit", value: literal(cel), at: [cel.start, cel.end] };
      case "id":
        return { op: "var", name: cel.args, at: [cel.start, cel.end] };
      case ".":
      case ".?": {
        const of = node(cel.args[0], below);
        return field(of, cel.args[1], cel.op === ".?", cel.end);
      }
      case "[]":
      case "[?]": {
        const of = node(cel.args[0], below);
        const index = node(cel.args[1], below);
        // `m['k']` is `m.k`: one form for types, narrowing and reading.
        if (index.op === "lit" && typeof index.value === "string") return field(of, index.value, cel.op === "[?]", cel.end);
        return { op: "index", of, index, ...(cel.op === "[?]" ? { opt: true } : {}), at: [outer(text, of.at)[0], cel.end] };
      }
      case "call":
        return call(cel.args[0], null, nodes(cel.args[1], below), [cel.start, cel.end]);
      case "rcall": {
        const of = node(cel.args[1], below);
        return call(cel.args[0], of, nodes(cel.args[2], below), [outer(text, of.at)[0], cel.end]);
      }
      case "list":
        return { op: "list", items: nodes(cel.args, below), at: [cel.start, cel.end] };
      case "map":
        return { op: "map", entries: cel.args.map(([key, value]) => [node(key, below), node(value, below)] as const), at: [cel.start, cel.end] };
      case "?:": {
        const test = node(cel.args[0], below);
        const yes = node(cel.args[1], below);
        const no = node(cel.args[2], below);
        return { op: "cond", test, then: yes, else: no, at: around(test, no) };
      }
      case "!_":
        return unary("not", node(cel.args, below), cel.start);
      case "-_":
        return unary("neg", node(cel.args, below), cel.start);
      case "||":
      case "&&": {
        const left = node(cel.args[0], below);
        const right = node(cel.args[1], below);
        return { op: cel.op === "&&" ? "and" : "or", left, right, at: around(left, right) };
      }
      default: {
        const left = node(cel.args[0], below);
        const right = node(cel.args[1], below);
        return { op: "bin", fn: cel.op, left, right, at: around(left, right) };
      }
    }
  }

  function nodes(children: readonly ASTNode[], level: number): readonly ExprAst[] {
    return children.map((child) => node(child, level));
  }

  function field(of: ExprAst, name: string, opt: boolean, end: number): ExprAst {
    const at = [outer(text, of.at)[0], end] as const;
    return opt ? { op: "get", of, name, opt, at } : { op: "get", of, name, at };
  }

  function around(first: ExprAst, last: ExprAst): readonly [number, number] {
    return [outer(text, first.at)[0], outer(text, last.at)[1]];
  }

  function unary(op: "not" | "neg", of: ExprAst, start: number): ExprAst {
    const at = [start, outer(text, of.at)[1]] as const;
    return op === "neg" && of.op === "lit" && typeof of.value === "number" ? { op: "lit", value: -of.value, at } : { op, of, at };
  }

  function literal(cel: ASTNode & { readonly op: "value" }): string | number | boolean | null {
    const value = cel.args;
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    if (value instanceof Uint8Array) throw new Unparsable({ ...where(cel), code: "FC1100", message: "Byte strings (`b'…'`) do not exist here", hint: "write a string without the `b`" });
    const number = Number(String(value));
    if (Number.isSafeInteger(number)) return number;
    throw new Unparsable({ ...where(cel), code: "FC1100", message: `\`${text.slice(cel.start, cel.end)}\` is too large: whole numbers end at 2^53-1`, hint: "write it as a string" });
  }

  function call(fn: string, receiver: ExprAst | null, args: readonly ExprAst[], at: readonly [number, number]): ExprAst {
    const all = receiver === null ? args : [receiver, ...args];
    if (fn === "has" && receiver === null) return { op: "has", of: hasField(args), at };
    const arity = EACH.get(fn);
    const [of, element, body, body2] = all;
    if (arity?.includes(all.length - 1) !== true || of === undefined || element === undefined || body === undefined) return { op: "call", fn, args: all, at };
    if (element.op !== "var") throw new Unparsable(needsName(fn, element));
    return { op: "each", fn, of, as: element.name, body, ...(body2 === undefined ? {} : { body2 }), at };
  }

  function hasField(args: readonly ExprAst[]): ExprAst {
    const [field] = args;
    if (args.length === 1 && field?.op === "get") return field;
    const [start, end] = field?.at ?? [0, text.length];
    const hint = field?.op === "index" ? "for an element of a list compare `size(list)`, or read `list[?0]`" : "write `has(input.note)`";
    throw new Unparsable({ code: "FC1104", start, end, message: "`has()` asks for one field, as in `has(input.note)`", hint });
  }
}

const needsName = (fn: string, element: ExprAst): TextProblem => ({
  code: "FC1104",
  start: element.at[0],
  end: element.at[1],
  message: `The first argument of \`${fn}\` is the name that each element gets`,
  hint: `write \`xs.${fn}(x, …)\``,
});

export const tooDeep = (text: string): TextProblem => ({
  code: "FC1103",
  start: 0,
  end: text.length,
  message: "The expression is nested too deeply: 100 levels are allowed",
  hint: "compute parts of it in `set` steps",
});

const where = (cel: ASTNode): { start: number; end: number } => ({ start: cel.start, end: cel.end });

/** Grows a place by the parentheses around it. */
function outer(text: string, [start, end]: readonly [number, number]): readonly [number, number] {
  let from = start;
  let to = end;
  for (;;) {
    let left = from - 1;
    while (left >= 0 && isSpace(text[left])) left--;
    let right = to;
    while (right < text.length && isSpace(text[right])) right++;
    if (text[left] !== "(" || text[right] !== ")") return [from, to];
    from = left;
    to = right + 1;
  }
}
const isSpace = (char: string | undefined): boolean => char === " " || char === "\n" || char === "\t" || char === "\r";
