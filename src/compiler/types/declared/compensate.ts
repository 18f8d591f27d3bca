import type { CompensatePlan } from "../../../core/plan/step.js";
import { NEVER, STRING } from "../../../core/type.js";
import type { ToolPlan } from "../../../core/plan/flow-plan.js";
import type { ToolDecl } from "../../shape/ast.js";
import { CAUSE } from "../catch.js";
import type { Read } from "../checked.js";
import { impliedData, typeData } from "../data.js";
import type { Expected } from "../expected.js";
import { fit } from "../fit.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { RUN } from "../run-type.js";
import { scopeOf } from "../scope.js";

interface Undone {
  readonly name: string;
  readonly written: NonNullable<ToolDecl["compensate"]>;
  readonly input: Expected;
  readonly output: Expected | null;
}

/** A tool's own `compensate` (I33): another tool, called with what comes from the call's `input`, `output` and `key`. */
export function compensateOf(cx: FlowCheck, { name, written: value, input, output }: Undone, tool: { readonly name: string; readonly kind: ToolPlan["kind"]; readonly input: Expected }): CompensatePlan {
  const reads: Read[] = [];
  const place = { ...placeWith(cx, scopeOf({ input: input.type, key: STRING, error: CAUSE, run: RUN, ...(output === null ? {} : { output: output.type }) })), reads };
  const data = value.with === undefined ? impliedData(value.tool.span, ["output"], output?.type ?? NEVER) : typeData(place, value.with);
  fit(cx.problems, data, tool.input);
  const inputs = reads.flatMap(({ path }) => (path[0] === "input" ? [path.slice(0, 2)] : []));
  return {
    id: `tools.${name}`,
    block: { steps: [{ id: "tool1", kind: "tool", tool: tool.name, with: data.data, pure: tool.kind === "expr" }] },
    reads: [...new Map(inputs.map((path) => [path.join("."), path])).values()],
  };
}
