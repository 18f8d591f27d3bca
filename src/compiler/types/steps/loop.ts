import { INTEGER, NEVER, resolve, type Type } from "../../../core/type.js";
import { assignable } from "../../../core/typing/assign.js";
import { dataMayFail } from "../../../expr/may-fail.js";
import type { StepNode } from "../../shape/ast.js";
import { widen } from "../as-data.js";
import { typeData, type TypedData } from "../data.js";
import type { Expected } from "../expected.js";
import { checkCondition } from "../expression.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import { shapeOf } from "../shape-of.js";
import { finished } from "../hidden.js";
import { toSchema } from "../to-schema.js";
import { checkVariable } from "../variable.js";
import { checkOver } from "./map.js";
import type { KindPlace } from "./place.js";

/** A fold: every pass makes the next `state`. */
export function checkLoop(cx: FlowCheck, node: StepNode & { readonly kind: "loop" }, { path, place }: KindPlace): CheckedKind {
  const { lexical } = cx;
  const id = path.slice(path.lastIndexOf("/") + 1);
  const init = typeData(place, node.init);
  const state = stateOf(cx, node, init, id);
  const over = node.over === undefined ? null : checkOver(place, node.over);
  const as = checkVariable(cx, node.as, "item");
  const mark = lexical.enter();
  lexical.bind("state", state.type);
  lexical.bind("iteration", INTEGER);
  if (over !== null) {
    lexical.bind(as, over.items);
    lexical.bind("index", INTEGER);
  }
  const body = lexical.enter();
  const test = node.while === undefined ? null : checkCondition(place, node.while, "while");
  if (test !== null) lexical.assume(test.whenTrue);
  const block = cx.block(cx, node.block, { path, over: (inner) => finished(inner, id), expected: state });
  lexical.leave(body);
  // On the new state: nothing that `while` told about the old one holds.
  const until = node.until === undefined ? null : checkCondition(place, node.until, "until");
  lexical.leave(mark);
  // Where a pass does not make what `init` begins with, it is not known which of the two was meant.
  const sure = node.type !== undefined || (block.type.kind !== "never" && assignable(block.type, state.type) === null);
  return {
    part: {
      kind: "loop",
      init: init.data,
      state: cx.shared.parts.schema(`steps.${path}.state`, state.schema()),
      as,
      ...(over === null ? {} : { over: over.over.expr }),
      ...(test === null ? {} : { while: test.expr }),
      ...(until === null ? {} : { until: until.expr }),
      ...(node.max === undefined ? {} : { max: node.max.value }),
      onMax: node.onMax ?? "fail",
      block: block.plan,
    },
    type: sure ? state.type : NEVER,
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, raisesOf("exhausted"), block.raises]),
    pure: block.pure,
    writes: block.writes,
    state: { type: state.type, sure: !dataMayFail(init.data) },
  };
}

function stateOf(cx: FlowCheck, node: StepNode & { readonly kind: "loop" }, init: TypedData, id: string): Expected {
  const what = `the state of \`${id}\``;
  if (node.type !== undefined) {
    const state: Expected = { ...shapeOf(cx, node.type, cx.document.names), what, declared: node.type.span };
    fit(cx.problems, init, state);
    return state;
  }
  const unknown: Expected = { type: NEVER, schema: () => true, what };
  if (init.failed) return unknown;
  if (init.absent) {
    fit(cx.problems, init, { ...unknown, what });
    return unknown;
  }
  const empty = emptyPart(init);
  if (empty !== null) {
    cx.problems.report("FC4007", empty.part.span, `The loop needs a \`type\`: \`init\` holds ${empty.what}, which does not say what it will hold`, { hint: "write `type:` beside `init`: the name of a type, or its fields" });
    return unknown;
  }
  const type = widen(init.type);
  return { type, schema: () => toSchema(type), what, declared: node.init.span };
}

/** `[]`, `{}` or null in `init`: they do not say what the state will hold. */
function emptyPart(data: TypedData): { readonly part: TypedData; readonly what: string } | null {
  if (data.parts?.kind === "list") return data.parts.items.length === 0 ? { part: data, what: "an empty list" } : first(data.parts.items);
  if (data.parts?.kind === "object") return data.parts.fields.size === 0 ? { part: data, what: "an empty object" } : first([...data.parts.fields.values()].map(({ value }) => value));
  const what = emptyType(data.type, new Set());
  return what === null ? null : { part: data, what };
}

const first = (parts: readonly TypedData[]): ReturnType<typeof emptyPart> => {
  for (const part of parts) {
    const empty = part.failed ? null : emptyPart(part);
    if (empty !== null) return empty;
  }
  return null;
};

/** An expression can give an empty one too: `${[]}`. Declared types say enough. `seen` has what is looked at already. */
function emptyType(type: Type, seen: Set<Type>): string | null {
  if (type.kind === "ref" || seen.has(type)) return null;
  seen.add(type);
  const at = resolve(type);
  if (at.kind === "null") return "null";
  if (at.kind === "list") return at.items.kind === "never" ? "an empty list" : emptyType(at.items, seen);
  if (at.kind !== "object" || at.name !== undefined) return null;
  if (at.fields.size === 0 && at.rest === "closed") return "an empty object";
  return [...at.fields.values()].map((field) => emptyType(field.type, seen)).find((one) => one !== null) ?? null;
}
