import { Option, type Command } from "commander";

export const TEMPLATES = ["blank", "pipeline", "support", "approval"] as const;
export type Template = (typeof TEMPLATES)[number];

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("write a flow that runs with no key and no broker")
    .argument("[dir]", "the folder, made where it is not there", ".")
    .addOption(new Option("--template <name>", "what to begin with").choices(TEMPLATES).default("blank"))
    .addHelpText("after", "\nExamples:\n  $ flowctl init\n  $ flowctl init triage --template pipeline")
    .action(async (dir: string, { template }: { readonly template: Template }) => {
      const { init } = await import("../init/init.js");
      await init(dir, template);
    });
}
