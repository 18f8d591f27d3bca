import type { StepNode } from "../../shape/ast.js";
import { typeData } from "../data.js";
import type { Expected } from "../expected.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { promptOf } from "../prompt.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import { shapeOf } from "../shape-of.js";
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
  return {
    part: {
      kind: "ask",
      question,
      output: cx.shared.parts.schema(`steps.${path}.output`, shape.schema()),
      ...(show === null ? {} : { show: show.data }),
      ...(preset === null ? {} : { default: preset.data }),
      ...(node.to === undefined ? {} : { to: node.to.value }),
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
