import type { OperatorOptions } from "../commands/operator-options.js";
import type { ExitCode } from "../exit.js";
import { jsonArgument } from "../operator/json-argument.js";
import { askRun } from "./ask-run.js";

export async function signalRun(id: string, name: string, json: string, options: OperatorOptions): Promise<ExitCode> {
  const payload = await jsonArgument(json, "what the signal carries");
  return askRun(id, options, ({ waits }) => `the signal \`${name}\` ${waits.some(({ signal }) => signal === name) ? "has come" : "is kept for its wait"}`, async () => ({ kind: "signal", name, payload }));
}
