import type { Json } from "../../core/json.js";
import type { FlowPlan, SchemaId } from "../../core/plan/flow-plan.js";
import { compileValidator } from "../../schema/validator.js";
import type { Check } from "./ready.js";

/** A schema of the plan as a check; without one, everything fits. */
export function checkOf(plan: FlowPlan, schema: SchemaId | undefined): Check {
  const found = schema === undefined ? undefined : plan.schemas[schema];
  if (found === undefined) return () => null;
  const validate = compileValidator(found);
  return (value: Json) => {
    const issues = validate(value);
    return issues === null ? null : issues.map(({ message }) => message).join("; ");
  };
}
