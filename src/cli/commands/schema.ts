import { Argument, type Command } from "commander";
import { print } from "../terminal.js";

export function registerSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of flow files or of flowctl.yaml, for editors")
    .addArgument(new Argument("[what]", "which file").choices(["flow", "project"]).default("flow"))
    .addHelpText("after", "\nExamples:\n  $ flowctl schema > flow.schema.json\n  $ flowctl schema project")
    .action(async (what: "flow" | "project") => {
      const { flowSchema, projectSchema } = await import("../../compiler/shape/editor-schema.js");
      await print(`${JSON.stringify(what === "flow" ? flowSchema() : projectSchema(), null, 2)}\n`);
    });
}
