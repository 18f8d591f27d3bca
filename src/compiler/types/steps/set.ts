import { NEVER } from "../../../core/type.js";
import type { StepNode } from "../../shape/ast.js";
import { typeData } from "../data.js";
import { written, type CheckedKind } from "../outcome.js";
import { STEP_RAISES } from "../raises.js";
import type { KindPlace } from "./place.js";

export function checkSet(node: StepNode & { readonly kind: "set" }, { place }: KindPlace): CheckedKind {
  const value = typeData(place, node.value);
  return {
    part: { kind: "set", value: value.data },
    type: value.failed ? NEVER : value.type,
    nothing: value.absent ? "what it is set to may be absent" : null,
    diverges: false,
    sources: written(value),
    raises: STEP_RAISES,
    pure: true,
    writes: false,
  };
}
