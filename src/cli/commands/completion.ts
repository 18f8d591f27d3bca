import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** The script asks the package bash-completion for the words of the line; a bare bash (a container, macOS) does not have it. */
const WITHOUT_BASH_COMPLETION = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD
        cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"
    }
fi

`;

export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes flowctl's commands and options in a shell")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", "\nExamples:\n  $ flowctl completion bash > ~/.local/share/bash-completion/completions/flowctl\n  $ source <(flowctl completion zsh)\n  $ flowctl completion fish > ~/.config/fish/completions/flowctl.fish")
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { script } = await import("@bomb.sh/tab");
      if (shell === "bash") process.stdout.write(WITHOUT_BASH_COMPLETION);
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
