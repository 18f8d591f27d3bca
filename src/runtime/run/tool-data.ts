import { type BUILTIN_ERROR_CODES, StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import { bare } from "./bare.js";
import { checkOf } from "./check-of.js";
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

/**
 * An error of the tool's own on its way in: a `catch` reads its data as the declared type. With other data it is none, and
 * means what it would undeclared (I20): a status of 408, 429 or 5xx hides what became of a write, all others say no to it.
 */
export function toOwnError(plan: FlowPlan, name: string, { kind, effect, errors }: ToolPlan): (thrown: StepError) => StepError {
  const checks = new Map(Object.entries(errors).flatMap(([code, { type }]) => (type === undefined || OURS.has(code) ? [] : [[code, checkOf(plan, type)] as const])));
  return (thrown) => {
    const { code, data, retryAfterMs } = thrown;
    const check = checks.get(code);
    if (check === undefined) return thrown;
    const problem = data === undefined ? "there is none" : check(data);
    if (problem === null) return thrown;
    const hides = kind === "http" && errors[code]?.status.some((status) => status === 408 || status === 429 || status >= 500) === true;
    const message = `${thrown.message}, but the data of the error \`${code}\` of \`${name}\` breaks its schema: ${problem}`;
    return new StepError(hides ? "unavailable" : "refused", message, { cause: thrown, outcome: hides && effect === "write" ? "unknown" : "not_applied", ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  };
}

/** What any call may raise: no `catch` knows the type of its data. */
const OURS: ReadonlySet<string> = new Set<(typeof BUILTIN_ERROR_CODES)[number]>(["timeout", "unavailable", "rate_limit", "invalid_input", "invalid_output", "refused", "limit", "unknown"]);

/** An `expr` tool is computed where it is called. */
export function computeTool(frame: Frame, tool: Called, value: DataClosure, input: Json): Output {
  checkInput(tool, input);
  return tool.output(value(bare({ input, run: frame.env.run })));
}
