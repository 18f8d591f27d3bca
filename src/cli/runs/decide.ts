import { isJsonObject, type JsonObject } from "../../core/json.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { jsonArgument } from "../operator/json-argument.js";
import { askRun, stepOf } from "./ask-run.js";

export interface DecideOptions extends OperatorOptions {
  readonly with?: string;
}

/** `{ approved, …with }`: the answer that most asks want. */
export async function decide(approved: boolean, id: string, step: string | undefined, options: DecideOptions): Promise<ExitCode> {
  const more = options.with === undefined ? {} : await objectArgument(options.with);
  if (more["approved"] !== undefined && more["approved"] !== approved) {
    throw new CommandError(EXIT.usage, `the command says \`approved: ${approved}\`, and \`--with\` something else`, `leave it out there, or say \`runs ${approved ? "reject" : "approve"}\``);
  }
  return askRun(id, options, approved ? "approved" : "rejected", async (row, operator) => ({ kind: "answer", path: await stepOf(operator, row, step, "ask"), payload: { approved, ...more } }));
}

async function objectArgument(text: string): Promise<JsonObject> {
  const value = await jsonArgument(text, "`--with`");
  if (!isJsonObject(value)) throw new CommandError(EXIT.usage, "`--with` must be a JSON object", 'for example --with \'{ "note": "fine" }\'');
  return value;
}

export async function answer(id: string, step: string, json: string, options: OperatorOptions): Promise<ExitCode> {
  const payload = await jsonArgument(json, "the answer");
  return askRun(id, options, "answered", async () => ({ kind: "answer", path: step, payload }));
}
