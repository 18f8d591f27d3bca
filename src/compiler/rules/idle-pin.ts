import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { CheckedFlow } from "../types/checked.js";

/** I37: a pin is about the code of modules; everything else of a run is pinned without it. */
export function idlePin({ draft, head: { pin } }: CheckedFlow): readonly Diagnostic[] {
  if (draft.pin !== true || pin === undefined || Object.keys(draft.code).length > 0) return [];
  return [report("FC5100", pin.span, "`pin` holds the code of `module` tools, and this flow calls none", { hint: "leave `pin` out" })];
}
