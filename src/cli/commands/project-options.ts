import { Option, type Command } from "commander";

/** Options of every command that reads flowctl.yaml. */
export interface ProjectOptions {
  readonly profile?: string;
  readonly set: readonly string[];
}

/** An option that may stand many times. */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).default([], "none").argParser((value: string, all: readonly string[]) => [...all, value]);

export const withProject = (command: Command): Command =>
  command
    .option("--profile <name>", "a profile of flowctl.yaml")
    .addOption(repeatable("--set <a.b=v>", "a value over flowctl.yaml and its profile (repeatable)"));
