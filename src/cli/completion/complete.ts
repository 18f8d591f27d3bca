import type { Command } from "commander";
import { printable } from "../../core/cells.js";
import { print } from "../terminal.js";
import { knownValues, profiles } from "./known-values.js";
import { positionOf } from "./position.js";

/** Something that can stand there, with a word about it. */
export type Candidate = readonly [value: string, about: string];

/** Cobra's protocol, which the scripts of @bomb.sh/tab speak: after the candidates what the shell may add itself. */
const FILES = ":0";
const NOTHING_ELSE = ":4";

/** Prints what can stand in the place of the last word: commands, options, values, and runs and topics that there are. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const last = words.at(-1) ?? "";
  const found = await candidates(program, words.slice(0, -1), last);
  const fitting = (found ?? []).filter(([value]) => value.startsWith(last));
  await print(`${fitting.map(([value, about]) => `${value}\t${printable(about)}\n`).join("")}${found === null ? FILES : NOTHING_ELSE}\n`);
}

/** Null: a file, or what nobody knows. */
async function candidates(program: Command, before: readonly string[], last: string): Promise<readonly Candidate[] | null> {
  const place = positionOf(program, before, last);
  switch (place.at) {
    case "option":
      return place.command
        .createHelp()
        .visibleOptions(place.command)
        .map(({ long, short, description }) => [long ?? short ?? "", description]);
    case "value": {
      const values = place.option.argChoices ?? (place.option.long === "--profile" ? profiles() : null);
      return values?.map((value) => [`${place.prefix}${value}`, ""]) ?? null;
    }
    case "word": {
      const { command, argument } = place;
      const children: readonly Candidate[] = argument === undefined || command.commands.length > 0 ? childrenOf(command) : [];
      if (argument === undefined) return children;
      if (command.name() === "explain") return (await import("./explained.js")).explained(last);
      const values = argument.argChoices?.map((choice): Candidate => [choice, ""]) ?? (await knownValues(`${command.parent?.name() ?? ""} ${argument.name()}`));
      return values === null && children.length === 0 ? null : [...children, ...(values ?? [])];
    }
  }
}

const childrenOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((child) => [child.name(), child.description()]);
