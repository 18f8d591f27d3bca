import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { shortLength } from "../operator/short-id.js";
import { table } from "../operator/table.js";
import { relativeTime } from "../operator/time.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { lettersOf, type Letter } from "./letters.js";
import { projectTopics } from "./project-topics.js";

export interface LettersOptions extends OperatorOptions {
  readonly flow?: string;
  readonly limit: number;
}

export const listLetters = (options: LettersOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const { flow, limit, output } = options;
    const letters = await lettersOf(operator, { limit, ours: () => projectTopics(options), ...(flow === undefined ? {} : { flow }) });
    if (output === "json") await printJson(letters.map(jsonOf));
    else if (letters.length === 0) await print("no dead letters\n", process.stderr);
    else await print(asTable(letters, Date.now()));
    return EXIT.ok;
  });

export const jsonOf = ({ id, flow, topic, at, run, letter }: Letter): object => ({ id, flow, topic, at, run, letter });

function asTable(letters: readonly Letter[], now: number): string {
  const length = shortLength(letters.map(({ id }) => id));
  return table(
    ["letter", "source", "in", "age", "redrives", "error"],
    letters.map(({ id, source, topic, at, redrives, error }) => [id.slice(0, length), source.topic, topic ?? "store", relativeTime(at, now), redrives === 0 ? "" : String(redrives), `${error.code}: ${error.message}`]),
  );
}
