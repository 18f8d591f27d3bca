import type { Command } from "commander";

export function registerFmt(program: Command): void {
  program
    .command("fmt")
    .description("write flow files in their usual form: order of keys, bare expressions")
    .argument("[paths...]", "flow files, folders, folder/..., or - for stdin to stdout (default: ./...)")
    .option("--check", "write nothing; exit 1 when a file would change, as where one does not parse")
    .addHelpText("after", "\nExamples:\n  $ flowctl fmt ./...\n  $ flowctl fmt --check flows/...")
    .action(async (paths: readonly string[], options: { readonly check?: true }) => {
      const { format } = await import("../fmt/fmt.js");
      process.exitCode = await format(paths.length > 0 ? paths : ["./..."], options.check === true);
    });
}
