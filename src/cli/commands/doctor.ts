import { Option, type Command } from "commander";
import { withProject, type ProjectOptions } from "./project-options.js";

export interface DoctorOptions extends ProjectOptions {
  readonly strict?: true;
  readonly output: "text" | "json";
}

export function registerDoctor(program: Command): void {
  withProject(
    program
      .command("doctor")
      .description("say what flows need and whether it is there: secrets, models, store, bus, schema registry, and what each promises")
      .argument("[paths...]", "flow files, folders or folder/... (default: the project's flows, else ./...)")
      .option("--strict", "what a broker or a store does not promise counts as missing")
      .addOption(new Option("-o, --output <form>", "how it is printed").choices(["text", "json"]).default("text")),
  )
    .addHelpText("after", "\nExamples:\n  $ flowctl doctor\n  $ flowctl doctor flows/... --profile offline -o json")
    .action(async (paths: readonly string[], options: DoctorOptions) => {
      const { doctor } = await import("../doctor/doctor.js");
      process.exitCode = await doctor(paths, options);
    });
}
