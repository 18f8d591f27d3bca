import root, { type Command as Completed } from "@bomb.sh/tab";
import type { Command } from "commander";

/** Prints what can stand at the end of these words: commands, options, and the values that are known. */
export function complete(program: Command, words: readonly string[]): void {
  describe(root, program);
  addCommands(program, "");
  root.parse([...words]);
}

function addCommands(command: Command, path: string): void {
  for (const child of command.createHelp().visibleCommands(command)) {
    if (child.name() === "help") continue;
    const name = path === "" ? child.name() : `${path} ${child.name()}`;
    describe(root.command(name, child.description()), child);
    addCommands(child, name);
  }
}

function describe(completed: Completed, command: Command): void {
  for (const { long, short, description, argChoices, required, optional } of command.createHelp().visibleOptions(command)) {
    const name = long?.slice(2);
    if (name === undefined) continue;
    const takesValue = required || optional;
    const alias = short?.slice(1);
    if (takesValue) completed.option(name, description, values(argChoices), alias);
    else completed.option(name, description, alias);
  }
  for (const argument of command.registeredArguments) completed.argument(argument.name(), values(argument.argChoices), argument.variadic);
}

const values = (choices: readonly string[] | undefined) => (found: (value: string, description: string) => void) => {
  for (const choice of choices ?? []) found(choice, "");
};
