import type { Command, Option } from "commander";
import { printable } from "../../core/cells.js";
import { print } from "../terminal.js";
import { knownFlows, knownValues, profiles } from "./known-values.js";
import { positionOf, type Position } from "./position.js";

/** Something that can stand there, with a word about it. */
export type Candidate = readonly [value: string, about: string];

/** Cobra's protocol, which the scripts of @bomb.sh/tab speak: after the candidates what the shell may add itself. */
const FILES = ":0";
const NOTHING_ELSE = ":4";

interface Candidates {
  /** Null: a file, or what nobody knows. */
  readonly found: readonly Candidate[] | null;
  /** What they begin with. */
  readonly typed: string;
}

/** Prints what can stand in the place of the last word: commands, options, values, and runs and topics that there are. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const { found, typed } = await candidates(program, words.slice(0, -1), words.at(-1) ?? "");
  const fitting = (found ?? []).filter(([value]) => value.startsWith(typed));
  await print(`${fitting.map(([value, about]) => `${value}\t${printable(about)}\n`).join("")}${found === null ? FILES : NOTHING_ELSE}\n`);
}

async function candidates(program: Command, before: readonly string[], last: string): Promise<Candidates> {
  const place = positionOf(program, before, last);
  switch (place.at) {
    case "option":
      return { typed: last, found: optionsOf(place.command) };
    case "value":
      return { typed: place.typed, found: await valuesOf(place.option, before) };
    case "word":
      return { typed: last, found: await wordsOf(place, before, last) };
  }
}

const optionsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => [long ?? short ?? "", description]);

async function valuesOf({ argChoices, long }: Option, before: readonly string[]): Promise<readonly Candidate[] | null> {
  if (long === "--flow") return await knownFlows(before);
  const values = argChoices ?? (long === "--profile" ? profiles() : null);
  return values?.map((value) => [value, ""]) ?? null;
}

async function wordsOf({ command, argument }: Extract<Position, { readonly at: "word" }>, before: readonly string[], last: string): Promise<readonly Candidate[] | null> {
  const children: readonly Candidate[] = argument === undefined || command.commands.length > 0 ? childrenOf(command) : [];
  if (argument === undefined) return children;
  if (command.name() === "explain") return (await import("./explained.js")).explained(last);
  const values = argument.argChoices?.map((choice): Candidate => [choice, ""]) ?? (await knownValues(`${command.parent?.name() ?? ""} ${argument.name()}`, before));
  return values === null && children.length === 0 ? null : [...children, ...(values ?? [])];
}

const childrenOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((child) => [child.name(), child.description()]);
