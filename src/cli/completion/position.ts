import type { Argument, Command, Option } from "commander";

/** What the last word of a command line is. */
export type Position =
  | { readonly at: "option"; readonly command: Command }
  | { readonly at: "value"; readonly option: Option; /** Of the value: of `--option=value` the shells complete that part. */ readonly typed: string }
  | { readonly at: "word"; readonly command: Command; /** Absent: only a subcommand can stand there. */ readonly argument: Argument | undefined };

export function positionOf(program: Command, before: readonly string[], last: string): Position {
  let command = program;
  let position = 0;
  let pending: Option | undefined;
  let onlyWords = false;
  for (const word of before) {
    // In bash `--option=value` are three words.
    if (pending !== undefined && word === "=") continue;
    if (pending !== undefined) pending = undefined;
    else if (word === "--") onlyWords = true;
    else if (word.startsWith("-") && word !== "-" && !onlyWords) pending = word.includes("=") ? undefined : withValue(command, word);
    else {
      const child = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (child === undefined) position += 1;
      else command = child;
    }
  }
  if (pending !== undefined) return { at: "value", option: pending, typed: last === "=" ? "" : last };
  const [name = "", value] = last.split("=", 2);
  const option = last.startsWith("--") && value !== undefined ? withValue(command, name) : undefined;
  if (option !== undefined) return { at: "value", option, typed: value ?? "" };
  if (last.startsWith("-") && last !== "-" && !onlyWords) return { at: "option", command };
  const { registeredArguments } = command;
  const end = registeredArguments.at(-1);
  return { at: "word", command, argument: registeredArguments[position] ?? (end?.variadic === true ? end : undefined) };
}

/** The option of that name, where a value follows it. */
function withValue(command: Command, name: string): Option | undefined {
  const option = command.options.find(({ long, short }) => name === long || name === short);
  return option !== undefined && (option.required || option.optional) ? option : undefined;
}
