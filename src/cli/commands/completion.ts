import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Of our own: that of the library completes no files, needs a package of bash, and none of the values behind a `=`. Words go as they are typed, and nothing in them is run. */
const BASH = `# bash completion for flowctl

__flowctl_complete() {
    local typed="\${COMP_WORDS[COMP_CWORD]}" out line IFS=$'\\n'
    out=$(flowctl complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    # bash takes the = of --option=value for a word
    [[ $typed == = ]] && typed=
    COMPREPLY=()
    while read -r line; do
        # the last line says whether a file can stand there as well; bash 3 offers them always
        [[ $line == :4 ]] && compopt +o default 2>/dev/null
        line=\${line%%$'\\t'*}
        [[ $line != :* && $line == "$typed"* ]] && COMPREPLY+=("$line")
    done <<< "$out"
}
complete -o default -F __flowctl_complete flowctl
`;

export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes flowctl's commands and options in a shell")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", "\nExamples:\n  $ flowctl completion bash > ~/.local/share/bash-completion/completions/flowctl\n  $ source <(flowctl completion zsh)\n  $ flowctl completion fish > ~/.config/fish/completions/flowctl.fish")
    .action(async (shell: (typeof SHELLS)[number]) => {
      if (shell === "bash") return void process.stdout.write(BASH);
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
