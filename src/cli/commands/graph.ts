import { Option, type Command } from "commander";

export function registerGraph(program: Command): void {
  program
    .command("graph")
    .description("draw a flow: in the terminal, or as Mermaid")
    .argument("<path>", "a flow file, or file#flow where it holds several")
    .addOption(new Option("--format <format>", "what is printed").choices(["terminal", "mermaid"]).default("terminal"))
    .addHelpText("after", "\nExamples:\n  $ flowctl graph flow.yaml\n  $ flowctl graph flow.yaml --format mermaid > flow.mmd")
    .action(async (path: string, options: { readonly format: "terminal" | "mermaid" }) => {
      const { graph } = await import("../graph/graph.js");
      process.exitCode = await graph(path, options.format);
    });
}
