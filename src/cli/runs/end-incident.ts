import type { OperatorOptions } from "../commands/operator-options.js";
import type { ExitCode } from "../exit.js";
import { jsonArgument } from "../operator/json-argument.js";
import { askRun, stepOf } from "./ask-run.js";

export interface ResolveOptions extends OperatorOptions {
  /** What the step gave, as JSON. */
  readonly value: string | undefined;
}

/** The step counts as done, with this output. */
export async function resolveIncident(id: string, step: string | undefined, options: ResolveOptions): Promise<ExitCode> {
  const output = options.value === undefined ? undefined : await jsonArgument(options.value, "the output");
  return askRun(id, options, "resolved", async (row, operator) => ({ kind: "resolve", path: await stepOf(operator, row, step, "incident"), action: "resolve", ...(output === undefined ? {} : { output }) }));
}

/** The run goes on without it. */
export const skipIncident = (id: string, step: string | undefined, options: OperatorOptions): Promise<ExitCode> =>
  askRun(id, options, "skipped", async (row, operator) => ({ kind: "resolve", path: await stepOf(operator, row, step, "incident"), action: "skip" }));
