import type { CatchPlan } from "../../core/plan/step.js";
import { ANY, INTEGER, NEVER, objectOf, optionalOf, resolve, STRING, type Field, type Type } from "../../core/type.js";
import { join, joinAll } from "../../core/typing/join.js";
import { similar } from "../../core/typing/similar.js";
import type { CatchNode } from "../shape/ast.js";
import { mayFail } from "../../expr/may-fail.js";
import type { CheckedCel } from "./expression.js";
import type { BlockPlace, FlowCheck } from "./flow-check.js";
import type { CheckedKind, Outcome, Yield } from "./outcome.js";
import { allRaises, mayRaise, without, type Raises } from "./raises.js";

export interface CheckedCatch extends Omit<Outcome, "type" | "nothing" | "sources"> {
  readonly plan: readonly CatchPlan[];
  /** The clauses' values join that of what they guard; `ended`: that has none, for it never goes on. */
  readonly join: (given: Yield, ended: boolean) => Yield;
}

/** What a step's clauses see besides: a loop's state, and what the condition says under which the step runs. */
interface OfStep {
  readonly when?: CheckedCel | undefined;
  readonly state?: CheckedKind["state"] | undefined;
}

/** The clauses of a step or a block. `raises` is what they guard. */
export function checkCatch(cx: FlowCheck, clauses: readonly CatchNode[], raises: Raises, at: BlockPlace, { when, state }: OfStep = {}): CheckedCatch {
  let open = raises;
  const checked = clauses.map(({ on, block }) => {
    const codes = on === "any" ? ("any" as const) : on.map(({ value }) => value);
    if (on !== "any") {
      for (const { value, span } of on) {
        if (mayRaise(raises, value) || codes === "any") continue;
        const known = [...raises.keys()];
        cx.problems.report("FC3014", span, `\`${value}\` is not raised here: what can be raised is ${known.map((code) => `\`${code}\``).join(", ")}`, didYouMeanCode(value, known));
      }
    }
    const mark = cx.lexical.enter();
    // Where it is the condition that failed, it says nothing; where it is a loop's `init`, there is no state.
    const ofExpr = on === "any" ? mayRaise(open, "expr") : codes.includes("expr");
    if (when !== undefined && !(ofExpr && mayFail(when.expr.ast))) cx.lexical.assume(when.whenTrue);
    if (state !== undefined) cx.lexical.bind("state", ofExpr && !state.sure ? optionalOf(state.type) : state.type);
    cx.lexical.bind("error", errorType(codes, on === "any" ? open : raises));
    const result = cx.block(cx, block, at);
    cx.lexical.leave(mark);
    open = without(open, codes);
    return { plan: { on: codes, block: result.plan }, result };
  });
  const results = checked.map(({ result }) => result);
  return {
    plan: checked.map(({ plan }) => plan),
    diverges: results.every(({ diverges }) => diverges),
    raises: allRaises([open, ...results.map((result) => result.raises)]),
    pure: results.every(({ pure }) => pure),
    writes: results.some(({ writes }) => writes),
    join(given, ended) {
      const going = results.filter(({ diverges }) => !diverges);
      const silent = going.find(({ nothing }) => nothing !== null);
      return {
        type: joinAll([...(ended ? [] : [given.type]), ...going.map(({ type }) => type)]),
        sources: [...(ended ? [] : (given.sources ?? [])), ...going.flatMap(({ sources }) => sources ?? [])],
        nothing: given.nothing ?? (silent === undefined ? null : "its `catch` may take over and yields nothing"),
      };
    },
  };
}

const didYouMeanCode = (code: string, known: readonly string[]): { readonly hint?: string } => {
  const near = similar(code, known);
  return near === null ? {} : { hint: `did you mean \`${near}\`?` };
};

/** `error` in a catch: its `data` is typed where one code is listed. */
function errorType(codes: readonly string[] | "any", raises: Raises): Type {
  const [only] = codes;
  const one = codes !== "any" && codes.length === 1 && only !== undefined ? only : null;
  // Nothing is said about the error of a code that is not raised: that it is not is said already.
  const misnamed = codes !== "any" && codes.some((value) => !raises.has(value));
  const data = one === null ? null : misnamed ? NEVER : (raises.get(one) ?? null);
  const code: Type = codes === "any" || misnamed ? STRING : codes.map((value): Type => ({ kind: "const", value })).reduce(join);
  const untyped: Field = { type: ANY, required: false, why: "not every error has data" };
  return errorOf(code, data === null ? untyped : fieldOf(data), one === "compensated" || (one !== null && misnamed));
}

/** What a `fail` says may be an empty optional. */
function fieldOf(data: Type): Field {
  const at = resolve(data);
  return at.kind === "optional" ? { type: at.of, required: false, why: "what `fail` says may be absent" } : { type: data, required: true };
}

const errorOf = (code: Type, data: Field, caused: boolean): Type =>
  objectOf({
    code,
    message: STRING,
    step: STRING,
    attempts: INTEGER,
    cause: { type: CAUSE, required: caused, why: "not every error has a cause" },
    data,
  });

/** An error as data: what `settled` collects, and causes of causes. */
export const CAUSE: Type = {
  kind: "ref",
  name: "Error",
  get: () => ERROR,
};
const ERROR: Type = {
  ...objectOf({
    code: STRING,
    message: STRING,
    step: { type: STRING, required: false, why: "the error may not come from a step" },
    attempts: { type: INTEGER, required: false, why: "not every error counts attempts" },
    cause: { type: CAUSE, required: false, why: "not every error has a cause" },
    data: { type: ANY, required: false, why: "not every error has data" },
  }),
  name: "Error",
};
