import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { Frame } from "./frame.js";
import type { DataClosure, Output, ReadyTool } from "./ready.js";

export function checkInput(tool: ReadyTool, input: Json): void {
  const problem = tool.checkInput(input);
  if (problem !== null) throw new StepError("invalid_input", `the input of \`${tool.name}\` breaks its schema: ${problem}`);
}

/** A tool's answer on its way in: checked against its schema where it has one; nothing where its body is ignored. */
export function toOutput(tool: ReadyTool, raw: Json): Output {
  if (tool.plan.output === undefined) return tool.plan.kind === "http" ? undefined : raw;
  const problem = tool.checkOutput(raw);
  if (problem === null) return raw;
  throw new StepError("invalid_output", `what \`${tool.name}\` answered breaks its schema: ${problem}`);
}

/** An `expr` tool is computed where it is called. */
export function computeTool(frame: Frame, tool: ReadyTool, value: DataClosure, input: Json): Output {
  checkInput(tool, input);
  return toOutput(tool, value(Object.assign(Object.create(null), { input, run: frame.env["run"] })));
}
