import { Option, type Command } from "commander";
import { OUTPUT_FORMATS, type OutputFormat } from "../format/formats.js";
import { withProject, type ProjectOptions } from "./project-options.js";

export interface ValidateOptions extends ProjectOptions {
  readonly format: OutputFormat;
  readonly strict?: true;
  readonly watch?: true;
  readonly fix?: true;
  readonly online?: true;
}

export function registerValidate(program: Command): void {
  withProject(
    program
    .command("validate")
    .description("check flows without running them: YAML, shape, names, types and meaning, all problems in one run")
    .argument("[paths...]", "flow files, folders, folder/... for all below it, or - for stdin (default: the project's flows, else ./...)")
    .addOption(new Option("--format <format>", "how problems are printed").choices(OUTPUT_FORMATS).default("text"))
    .option("--strict", "warnings are errors")
    .option("--watch", "check again when a file is saved")
    .option("--online", "ask the schema registry whether schemas go with what it has")
    .option("--fix", "write the fixes that are certain and check again, until none is left"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ flowctl validate flow.yaml
  $ flowctl validate ./... --strict --format github
  $ cat flow.yaml | flowctl validate - --format json`,
    )
    .action(async (paths: readonly string[], options: ValidateOptions) => {
      const { validate } = await import("../validate/validate.js");
      process.exitCode = await validate(paths, options);
    });
}
