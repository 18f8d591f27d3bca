import type { Expr } from "../../../core/expression.js";
import { ANY, listOf, NEVER, TIMESTAMP, type Type } from "../../../core/type.js";
import type { CelNode, StepNode, WaitNode } from "../../shape/ast.js";
import { TEXT, typeData } from "../data.js";
import { resolveTopic } from "../declared/topics.js";
import { checkCondition, checkKey } from "../expression.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind, StepPart } from "../outcome.js";
import { STEP_RAISES } from "../raises.js";
import { shapeOf } from "../shape-of.js";
import type { KindPlace } from "./place.js";

type Waits = Pick<CheckedKind, "type" | "nothing" | "unreadable"> & { readonly for: (StepPart & { readonly kind: "wait" })["for"] };

export function checkWait(cx: FlowCheck, node: StepNode & { readonly kind: "wait" }, at: KindPlace): CheckedKind {
  const { for: what, ...yields } = checkFor(cx, node.for, at);
  return { part: { kind: "wait", for: what }, ...yields, diverges: false, raises: STEP_RAISES, pure: false, writes: false };
}

function checkFor(cx: FlowCheck, node: WaitNode, { path, place }: KindPlace): Waits {
  switch (node.is) {
    case "duration":
      return { for: { is: "duration", ms: node.duration.value }, ...NOTHING };
    case "time":
      return { for: { is: "time", at: checkKey(place, node.at, "wait", TIMESTAMP, "a timestamp").expr }, ...NOTHING };
    case "message":
      return messageOf(cx, node, place);
    case "signal": {
      const signal = node.signal.value;
      if (node.type === undefined) return { for: { is: "signal", signal }, type: ANY, nothing: null };
      const shape = shapeOf(cx, node.type, cx.document.names);
      return { for: { is: "signal", signal, output: cx.shared.parts.schema(`steps.${path}.output`, shape.schema()) }, type: shape.type, nothing: null };
    }
  }
}

/** Any message of that key may end it: what it carries is checked when it comes. */
function messageOf(cx: FlowCheck, node: WaitNode & { readonly is: "message" }, place: KindPlace["place"]): Waits {
  const info = resolveTopic(cx, node.topic);
  const type = info === null ? NEVER : (info.message?.type ?? ANY);
  const key = typeData(place, node.key);
  fit(cx.problems, key, { type: TEXT, schema: () => true, what: "the key of a message (a text)" });
  const where = node.where === undefined ? undefined : conditionOver(cx, place, "msg", type, node.where, "where");
  const collected = node.collect?.until;
  const until = collected === undefined ? undefined : conditionOver(cx, place, "msgs", listOf(type), collected, "until");
  return {
    for: {
      is: "message",
      topic: info?.name ?? node.topic.value,
      key: key.data,
      ...(where === undefined ? {} : { where }),
      since: node.since,
      ...(node.collect === undefined ? {} : { collect: { ...(until === undefined ? {} : { until }), for: node.collect.for.value } }),
    },
    type: node.collect === undefined || info === null ? type : listOf(type),
    nothing: null,
  };
}

/** A condition that sees one name more than the step. */
function conditionOver(cx: FlowCheck, place: KindPlace["place"], name: string, type: Type, node: CelNode, key: string): Expr {
  const mark = cx.lexical.enter();
  cx.lexical.bind(name, type);
  const { expr } = checkCondition(place, node, key);
  cx.lexical.leave(mark);
  return expr;
}

const NOTHING = { type: NEVER, nothing: "a wait for time has no output", unreadable: "A wait for time has no output, so there is nothing to read" } as const;
