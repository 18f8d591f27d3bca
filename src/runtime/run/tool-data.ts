import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { ToolPlan } from "../../core/plan/flow-plan.js";
import type { Frame } from "./frame.js";
import { checkSize } from "./output-size.js";
import type { Called, Check, DataClosure, Output } from "./ready.js";

export function checkInput(tool: Called, input: Json): void {
  const problem = tool.checkInput(input);
  if (problem !== null) throw new StepError("invalid_input", `the input of \`${tool.name}\` breaks its schema: ${problem}`);
}

/** A tool's answer on its way in: checked against its schema where it has one; nothing where its body is ignored. */
export const toOutput = (name: string, { kind, output }: ToolPlan, check: Check) => (raw: Json): Output => {
  if (output === undefined && kind === "http") return undefined;
  const problem = output === undefined ? null : check(raw);
  if (problem !== null) throw new StepError("invalid_output", `what \`${name}\` answered breaks its schema: ${problem}`);
  checkSize(raw);
  return raw;
};

/** An `expr` tool is computed where it is called. */
export function computeTool(frame: Frame, tool: Called, value: DataClosure, input: Json): Output {
  checkInput(tool, input);
  return tool.output(value(Object.assign(Object.create(null), { input, run: frame.env["run"] })));
}
