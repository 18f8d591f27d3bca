import { InvalidArgumentError, Option, type Command } from "commander";
import { withProject, type ProjectOptions } from "./project-options.js";

/** Options of every command that works with runs, topics or dead letters. */
export interface OperatorOptions extends ProjectOptions {
  readonly output: "text" | "json";
}

export const OUTPUT = "how it is printed";

export const withOperatorOptions = (command: Command): Command =>
  withProject(command.addOption(new Option("-o, --output <form>", OUTPUT).choices(["text", "json"]).default("text")));

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number above 0.");
  return value;
}
