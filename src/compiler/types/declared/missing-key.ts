import { KIND, type Declared, type Section } from "../../names/namespace.js";
import type { FlowCheck } from "../flow-check.js";

/** A key that is still missing after `extends`, which is checked after the merge. */
export function missingKey(cx: FlowCheck, declared: Declared<Section>, key: string): void {
  cx.problems.report("FC2003", declared.span, `The ${KIND[declared.section]} \`${declared.name}\` has no \`${key}\`, and what it extends has none either`, { hint: `add \`${key}:\`` });
}
