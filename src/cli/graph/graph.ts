import { drawMermaid } from "../../compiler/draw/mermaid.js";
import { drawTerminal } from "../../compiler/draw/terminal.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import { print, wantsColor } from "../terminal.js";
import { formatDiagnostics } from "../validate/print.js";

export async function graph(path: string, format: "terminal" | "mermaid"): Promise<ExitCode> {
  const { flows, diagnostics, sources } = await compileFlows([path], { set: [] });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    await print(formatDiagnostics("text", errors, sources, wantsColor(process.stderr)), process.stderr);
    return EXIT.findings;
  }
  const plans = flows.flatMap(({ plan }) => plan ?? []);
  const [plan] = plans;
  if (plan === undefined) throw new CommandError(EXIT.usage, `\`${path}\` holds no flow`);
  if (plans.length > 1) throw new CommandError(EXIT.usage, `\`${path}\` holds ${plans.length} flows`, `name one: ${plans.map(({ id }) => `${path}#${id}`).join(", ")}`);
  await print(format === "mermaid" ? drawMermaid(plan) : drawTerminal(plan));
  return EXIT.ok;
}
