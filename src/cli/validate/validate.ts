import type { Diagnostic } from "../../core/diagnostic.js";
import type { ValidateOptions } from "../commands/validate.js";
import { compileFlows, type CompiledFlows } from "../files/compile-flows.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { print, wantsColor } from "../terminal.js";
import { FROM_FILES } from "../wire/providers.js";
import { applyFixes } from "./fix.js";
import { formatDiagnostics } from "./print.js";
import { unsetSecrets } from "./unset-secrets.js";

export async function validate(paths: readonly string[], request: ValidateOptions): Promise<ExitCode> {
  if (paths.includes("-") && (request.fix || request.watch)) {
    throw new CommandError(EXIT.usage, `\`--${request.fix ? "fix" : "watch"}\` needs files, not stdin`);
  }
  if (!request.watch) return check(paths, request);
  const { checkOnSave } = await import("./watch.js");
  await checkOnSave(async () => {
    const compiled = await compileFlows(paths, request);
    await report(compiled, request);
    return compiled.files;
  });
  return EXIT.interrupted;
}

async function check(paths: readonly string[], request: ValidateOptions): Promise<ExitCode> {
  const compiled = await compileFlows(paths, request);
  return report(request.fix ? await fixAll(compiled, () => compileFlows(paths, request)) : compiled, request);
}

/** More than a person has put into one file: fixes that undid each other would go on for ever. */
const MAX_ROUNDS = 1000;

/** A problem of the text hides what stands behind it, a tab the next one: what is fixed is looked at again, until nothing is to be fixed. */
async function fixAll(first: CompiledFlows, compileAgain: () => Promise<CompiledFlows>): Promise<CompiledFlows> {
  let compiled = first;
  let written = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fixed = applyFixes(compiled.diagnostics, compiled.sources);
    if (fixed === 0) break;
    written += fixed;
    compiled = await compileAgain();
  }
  if (written > 0) process.stderr.write(`flowctl: wrote ${written} ${written === 1 ? "fix" : "fixes"}\n`);
  return compiled;
}

async function report(compiled: CompiledFlows, { format, strict, online }: ValidateOptions): Promise<ExitCode> {
  const { sources } = compiled;
  const asked = online === true ? await (await import("./online.js")).onlineProblems(compiled) : [];
  const diagnostics = [...compiled.diagnostics, ...(await modelProblems(compiled)), ...unsetSecrets(compiled), ...asked];
  const shown = strict ? diagnostics.map((one) => ({ ...one, severity: "error" as const })) : diagnostics;
  await print(formatDiagnostics(format, shown, sources, wantsColor(process.stdout)));
  if (shown.some(({ code }) => code.startsWith("FC9"))) return EXIT.infrastructure;
  return shown.some(({ severity }) => severity === "error") ? EXIT.findings : EXIT.ok;
}

/** Most flows have no such model, and then nothing is loaded that opens one. */
async function modelProblems(compiled: CompiledFlows): Promise<readonly Diagnostic[]> {
  const any = compiled.flows.some(({ plan }) => Object.values(plan?.models ?? {}).some(({ provider }) => FROM_FILES.has(provider)));
  return any ? (await import("./unusable-models.js")).unusableModels(compiled) : [];
}
