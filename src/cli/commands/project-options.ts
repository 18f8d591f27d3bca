import type { Command } from "commander";

/** Options of every command that reads flowctl.yaml. */
export interface ProjectOptions {
  readonly profile?: string;
  readonly set: readonly string[];
}

export const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

export const withProject = (command: Command): Command =>
  command
    .option("--profile <name>", "a profile of flowctl.yaml")
    .option("--set <a.b=v>", "a value over flowctl.yaml and its profile (repeatable)", collect, []);
