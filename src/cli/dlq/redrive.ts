import { printable } from "../../core/cells.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { publish } from "../operator/publish.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findLetters, LOOKED_AT } from "./find-letter.js";
import { lettersOf, type Letter } from "./letters.js";
import type { LettersOptions } from "./list.js";
import { redriveOf } from "./redrive-of.js";

export interface RedriveOptions extends Omit<LettersOptions, "limit"> {
  readonly all?: true;
}

/** Publishes the letters' messages to their topics again; a letter of the store is removed after that, one of a topic stays. */
export const redriveLetters = (ids: readonly string[], options: RedriveOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const letters = await chosen(operator, ids, options);
    // Oldest first, as they came.
    const again = letters.toReversed();
    await publish(operator, again.map(redriveOf), "what the letters hold");
    await operator.deleteDeadLetters(again.flatMap(({ id, topic }) => (topic === null ? [id] : [])));
    if (options.output === "json") await printJson(again.map(({ id, source }) => ({ id, topic: source.topic })));
    else await print(again.map(({ id, source }) => `${printable(id)}: its message is on ${printable(source.topic)} again\n`).join("") || "no dead letters\n");
    return EXIT.ok;
  });

async function chosen(operator: Operator, ids: readonly string[], { all, flow }: RedriveOptions): Promise<readonly Letter[]> {
  if (all === true && ids.length > 0) throw new CommandError(EXIT.usage, "name letters, or say `--all`, not both");
  if (all === true) return await lettersOf(operator, { limit: LOOKED_AT, ...(flow === undefined ? {} : { flow }) });
  if (ids.length === 0) throw new CommandError(EXIT.usage, "which letters?", "name some of `flowctl dlq list`, or say `--all`");
  return await findLetters(operator, ids);
}
