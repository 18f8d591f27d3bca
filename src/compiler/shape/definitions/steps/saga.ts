import type { DurationNode, StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { DURATION } from "../../forms/scalars.js";
import { blockNode, hasContent, type Blocks } from "../block.js";
import { ON_UNKNOWN } from "../on-unknown.js";

const SAGA = keys("{ on_unknown, timeout }", {
  on_unknown: may(ON_UNKNOWN, "What happens to a write of the saga whose outcome a crash, a timeout or a cut connection hid, where the step does not say it itself.", { default: "`retry` where the tool is idempotent, else `fail`" }),
  timeout: may(DURATION, "The longest time up to the pivot; then the saga is undone.", { example: "10m" }),
});

export const sagaStep = ({ DO, VALUE }: Blocks) =>
  kind(
    "saga",
    { saga: must(SAGA, "How the saga treats hidden outcomes and time; `{}` for the defaults."), do: DO, value: VALUE },
    {
      description: "Steps that are all done or all undone: each write has a `compensate`, up to the `pivot`. When one fails, those before it are undone, the last first, and the saga raises `compensated`.",
      example: '{ id: fulfil, saga: {}, do: [ { id: pay, tool: charge, compensate: { tool: refund, with: { id: "${output.id}" } } }, { tool: ship, pivot: true } ] }',
    },
    ({ saga: { on_unknown, timeout }, ...parts }, node, at): (StepPart & { readonly timeout?: DurationNode }) | undefined =>
      hasContent(parts, node, "`saga`", at.report)
        ? { kind: "saga", ...(on_unknown === undefined ? {} : { onUnknown: on_unknown }), ...(timeout === undefined ? {} : { timeout }), block: blockNode(node.span, parts) }
        : undefined,
  );
