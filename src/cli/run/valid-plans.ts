import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { isNewer } from "../../compiler/names/release.js";
import type { CompiledFlows } from "../files/compile-flows.js";
import { formatDiagnostics } from "../validate/print.js";
import { print, wantsColor } from "../terminal.js";

/** Null where there are errors, which are then printed. */
export async function validPlans({ diagnostics, flows, sources }: CompiledFlows): Promise<readonly FlowPlan[] | null> {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return newestVersions(flows.flatMap(({ plan }) => plan ?? []));
  await print(formatDiagnostics("text", errors, sources, wantsColor(process.stderr)), process.stderr);
  return null;
}

/** Of several versions of a flow the newest takes new runs; the others are there for calls that name them. */
const newestVersions = (plans: readonly FlowPlan[]): readonly FlowPlan[] => plans.filter(({ id, release }) => plans.every((other) => other.id !== id || !isNewer(other.release, release)));
