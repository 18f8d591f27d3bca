import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes flowctl's commands and options in a shell")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", "\nExamples:\n  $ flowctl completion bash > ~/.local/share/bash-completion/completions/flowctl\n  $ source <(flowctl completion zsh)\n  $ flowctl completion fish > ~/.config/fish/completions/flowctl.fish")
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { script } = await import("@bomb.sh/tab");
      script(shell, "flowctl", "flowctl");
    });

  // What the script asks at each key: what can stand here?
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const { complete } = await import("../completion/complete.js");
      await complete(program, words);
    });
}
