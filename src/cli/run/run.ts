import { InfraError } from "../../core/errors.js";
import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { compileFlows, type CompiledFlows } from "../files/compile-flows.js";
import { feedFlows } from "./feed-flows.js";
import { unsetSecrets } from "../validate/unset-secrets.js";
import { serveFlows } from "./serve-flows.js";
import { validPlans } from "./valid-plans.js";

/** Feeds messages through flows and prints what comes out, or serves them until it is stopped. `starting` is over when what they need is there. */
export async function run(paths: readonly string[], options: RunOptions, starting: Disposable): Promise<ExitCode> {
  const compiled = await compileFlows(paths, options);
  const plans = await validPlans(compiled);
  if (plans === null) return EXIT.findings;
  if (plans.length === 0) throw new CommandError(EXIT.usage, "these files hold no flow", "a flow has `flow:` and `steps:`; a file without them is a library");
  const feeding = options.input.length > 0;
  if (feeding && options.watch === true) throw new CommandError(EXIT.usage, "`--watch` serves flows: it does not go with `-i`", "leave one of them out");
  if (feeding && options.tui === true) throw new CommandError(EXIT.usage, "`--tui` shows flows that are served: it does not go with `-i`", "leave one of them out");
  const fromStdin = options.input.filter((input) => /(^|=)-$/.test(input)).length;
  if (fromStdin > 1) throw new CommandError(EXIT.usage, "stdin is read by one `-i` alone", "put the rest into a file");
  if (fromStdin > 0 && paths.includes("-")) throw new CommandError(EXIT.usage, "stdin holds the flow, so `-i -` has no messages there", "put one of them into a file");
  if (feeding && options.only.length > 0) throw new CommandError(EXIT.usage, "`--only` serves a part of the flows: it does not go with `-i`", "leave one of them out");
  try {
    return await (feeding ? feedFlows(compiled.project, paths, plans, options, starting) : serveFlows(paths, compiled, plans, options, starting));
  } catch (error) {
    if (!(error instanceof InfraError && error.code === "FC6001")) throw error;
    const without = await profilesWithout(paths, options, compiled);
    throw without.length === 0 ? error : new InfraError(error.code, error.message, { hint: `${error.hint === undefined ? "" : `${error.hint} `}Without it: ${without.map((name) => `\`--profile ${name}\``).join(", ")}`, cause: error });
  }
}

/** The profiles with which these flows run here, as far as secrets go. */
async function profilesWithout(paths: readonly string[], options: RunOptions, { project }: CompiledFlows): Promise<readonly string[]> {
  const names: string[] = [];
  for (const profile of project.file?.profiles ?? []) {
    const compiled = await compileFlows(paths, { ...options, profile });
    if (compiled.diagnostics.every(({ severity }) => severity !== "error") && unsetSecrets(compiled).length === 0) names.push(profile);
  }
  return names;
}
