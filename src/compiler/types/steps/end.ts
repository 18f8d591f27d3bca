import { NEVER, optionalOf } from "../../../core/type.js";
import type { StepNode } from "../../shape/ast.js";
import { TEXT, typeData } from "../data.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, STEP_RAISES } from "../raises.js";
import type { KindPlace } from "./place.js";

const ENDS = { type: NEVER, nothing: null, diverges: true, pure: true, writes: false } as const;
const unreadable = (kind: "fail" | "return") => `A \`${kind}\` has no output: where it is done, nothing behind it is`;

export function checkFail(cx: FlowCheck, node: StepNode & { readonly kind: "fail" }, { place }: KindPlace): CheckedKind {
  const message = typeData(place, node.message);
  fit(cx.problems, message, { type: TEXT, schema: () => true, what: "the message of an error (a text)" });
  const data = node.data === undefined ? null : typeData(place, node.data);
  return {
    ...ENDS,
    unreadable: unreadable("fail"),
    part: { kind: "fail", code: node.code.value, message: message.data, ...(data === null ? {} : { data: data.data }) },
    raises: allRaises([STEP_RAISES, new Map([[node.code.value, data === null ? null : data.failed ? NEVER : data.absent ? optionalOf(data.type) : data.type]])]),
  };
}

export function checkReturn(cx: FlowCheck, node: StepNode & { readonly kind: "return" }, { place }: KindPlace): CheckedKind {
  const value = typeData(place, node.value);
  if (cx.output !== null) fit(cx.problems, value, cx.output);
  else if (value.absent) place.problems.report("FC4004", value.span, "This may be absent, and `return` gives a value", { hint: "give it a value with `.orValue(…)`" });
  else if (!value.failed) cx.returned.push(value.type);
  return { ...ENDS, unreadable: unreadable("return"), part: { kind: "return", value: value.data }, raises: STEP_RAISES };
}
