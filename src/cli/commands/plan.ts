import { Option, type Command } from "commander";
import { withProject, type ProjectOptions } from "./project-options.js";

export interface PlanOptions extends ProjectOptions {
  readonly output: "text" | "json";
}

export function registerPlan(program: Command): void {
  withProject(
    program
      .command("plan")
      .description("say what a flow may do: its class, topics, the most it can spend, and what becomes of its sagas when a step fails")
      .argument("<path>", "a flow file, or file#flow where it holds several")
      .addOption(new Option("-o, --output <form>", "how it is printed").choices(["text", "json"]).default("text")),
  )
    .addHelpText("after", "\nExamples:\n  $ flowctl plan flow.yaml\n  $ flowctl plan flow.yaml --profile prod -o json")
    .action(async (path: string, options: PlanOptions) => {
      const { showPlan } = await import("../plan/plan.js");
      process.exitCode = await showPlan(path, options);
    });
}
