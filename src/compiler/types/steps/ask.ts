import type { AskedPlan } from "../../../core/plan/step.js";
import { similar } from "../../../core/typing/similar.js";
import { find, visible } from "../../names/namespace.js";
import type { AskedNode, StepNode } from "../../shape/ast.js";
import { impliedData, typeData } from "../data.js";
import { resolveTool } from "../declared/tools.js";
import { resolveTopic } from "../declared/topics.js";
import type { Expected } from "../expected.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { promptOf } from "../prompt.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import { builtinShape, shapeOf } from "../shape-of.js";
import type { KindPlace } from "./place.js";

export function checkAsk(cx: FlowCheck, node: StepNode & { readonly kind: "ask" }, { path, place }: KindPlace): CheckedKind {
  const question = promptOf(cx, place, node.question, cx.document.file.path);
  const shape = shapeOf(cx, node.output, cx.document.names);
  const answer: Expected = { ...shape, what: "the answer", declared: node.output.span };
  const show = node.show === undefined ? null : typeData(place, node.show);
  const preset = node.default === undefined ? null : typeData(place, node.default);
  if (preset !== null) fit(cx.problems, preset, answer);
  const onTimeout = node.onTimeout === undefined ? null : typeData(place, node.onTimeout);
  if (onTimeout !== null) fit(cx.problems, onTimeout, answer);
  const to = node.to === undefined ? null : checkTo(cx, place, node.to);
  return {
    part: {
      kind: "ask",
      question,
      output: cx.shared.parts.schema(`steps.${path}.output`, shape.schema()),
      ...(show === null ? {} : { show: show.data }),
      ...(preset === null ? {} : { default: preset.data }),
      ...(to === null ? {} : { to }),
      ...(onTimeout === null ? {} : { onTimeout: onTimeout.data }),
    },
    type: shape.type,
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, raisesOf("denied")]),
    pure: false,
    writes: false,
  };
}

/** A name that is nobody's else says whom the question is for: it is shown with it. One that is nearly a topic's is a slip. */
function isSomebody({ document: { names } }: FlowCheck, name: string): boolean {
  return find(names, "topics", name) === null && find(names, "tools", name) === null && similar(name, visible(names, "topics")) === null;
}

/** The topic's messages are questions; the tool's input may be made of one. */
function checkTo(cx: FlowCheck, place: KindPlace["place"], node: AskedNode): AskedPlan | string {
  if (node.is === "topic" && isSomebody(cx, node.topic.value)) return node.topic.value;
  const mark = cx.lexical.enter();
  const { type } = builtinShape(cx, "Question");
  cx.lexical.bind("asked", type);
  const span = node.is === "topic" ? node.topic.span : node.tool.span;
  const data = node.is === "tool" && node.with !== undefined ? typeData(place, node.with) : impliedData(span, ["asked"], type);
  cx.lexical.leave(mark);
  if (node.is === "topic") {
    const info = resolveTopic(cx, node.topic);
    if (info !== null && info.sent !== null) fit(cx.problems, data, info.sent);
    return { is: "topic", topic: info?.name ?? node.topic.value };
  }
  const tool = resolveTool(cx, cx.document.names, node.tool);
  if (tool !== null) fit(cx.problems, data, tool.input);
  return { is: "tool", tool: tool?.name ?? node.tool.value, with: data.data };
}
