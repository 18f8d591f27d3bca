import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError, EXIT } from "../exit.js";
import { print, wantsColor } from "../terminal.js";
import { formatDiagnostics } from "../validate/print.js";
import { compileFlows } from "./compile-flows.js";
import type { Project } from "./project.js";

/** The plan of the one flow that a path names, and its project; null after errors, which are printed. */
export async function oneFlow(path: string, choice: ProjectOptions): Promise<{ readonly plan: FlowPlan; readonly project: Project } | null> {
  const { project, flows, diagnostics, sources } = await compileFlows([path], choice);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    await print(formatDiagnostics("text", errors, sources, wantsColor(process.stderr)), process.stderr);
    return null;
  }
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  const [plan] = plans;
  if (plan === undefined) throw new CommandError(EXIT.usage, `\`${path}\` holds no flow`);
  if (plans.length > 1) throw new CommandError(EXIT.usage, `\`${path}\` holds ${plans.length} flows`, `name one: ${plans.map(({ id }) => `${path}#${id}`).join(", ")}`);
  return { plan, project };
}
