import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import { feedFlows } from "./feed-flows.js";
import { serveFlows } from "./serve-flows.js";
import { validPlans } from "./valid-plans.js";

/** Feeds messages through flows and prints what comes out, or serves them until it is stopped. */
export async function run(paths: readonly string[], options: RunOptions): Promise<ExitCode> {
  const compiled = await compileFlows(paths, options);
  const plans = await validPlans(compiled);
  if (plans === null) return EXIT.findings;
  if (plans.length === 0) throw new CommandError(EXIT.usage, "these files hold no flow", "a flow has `flow:` and `steps:`; a file without them is a library");
  const feeding = options.input.length > 0;
  if (feeding && options.watch === true) throw new CommandError(EXIT.usage, "`--watch` serves flows: it does not go with `-i`", "leave one of them out");
  return feeding ? feedFlows(compiled.project, plans, options) : serveFlows(paths, compiled, plans, options);
}
