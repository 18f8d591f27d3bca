import { printable } from "../../core/cells.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { type BulkOptions, mayDo } from "../operator/bulk.js";
import { printJson } from "../operator/print-json.js";
import { publish } from "../operator/publish.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { letterCondition } from "../wire/letter-condition.js";
import { projectFormats } from "../wire/project-formats.js";
import { findLetters } from "./find-letter.js";
import { lettersOf, LOOKED_AT, type Letter } from "./letters.js";
import type { LettersOptions } from "./list.js";
import { projectTopics } from "./project-topics.js";
import { redriveOf } from "./redrive-of.js";

export interface RedriveOptions extends Omit<LettersOptions, "limit">, BulkOptions {
  readonly all?: true;
  readonly code?: string;
  readonly where?: string;
}

/** Publishes the letters' messages to their topics again; a letter of the store is removed after that, one of a topic stays. */
export const redriveLetters = (ids: readonly string[], options: RedriveOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const letters = ids.length > 0 ? await named(operator, ids, options) : await chosen(operator, options);
    if (ids.length === 0 && !(await mayDo(letters, "letter", "redriven", options))) return EXIT.ok;
    // Oldest first, as they came.
    const again = letters.toReversed();
    await using formats = await projectFormats(options, new Set(again.map(({ source }) => source.topic)));
    await publish(operator, again.map(redriveOf), () => "what the letters hold", formats);
    await operator.deleteDeadLetters(again.flatMap(({ id, topic }) => (topic === null ? [id] : [])));
    if (options.output === "json") await printJson(again.map(({ id, source }) => ({ id, topic: source.topic })));
    else await print(again.map(({ id, source }) => `${printable(id)}: its message is on ${printable(source.topic)} again\n`).join("") || "no dead letters\n");
    return EXIT.ok;
  });

async function named(operator: Operator, ids: readonly string[], options: RedriveOptions): Promise<readonly Letter[]> {
  if (isBulk(options)) throw new CommandError(EXIT.usage, "name letters, or say which by `--all`, `--flow`, `--code` or `--where`, not both");
  return await findLetters(operator, ids);
}

const isBulk = ({ all, flow, code, where }: RedriveOptions): boolean => all === true || flow !== undefined || code !== undefined || where !== undefined;

async function chosen(operator: Operator, options: RedriveOptions): Promise<readonly Letter[]> {
  if (!isBulk(options)) throw new CommandError(EXIT.usage, "which letters?", "name some of `flowctl dlq list`, or say `--all`, `--flow`, `--code` or `--where`");
  const { flow, code, where } = options;
  const holds = where === undefined ? null : letterCondition(where);
  const letters = await lettersOf(operator, { limit: LOOKED_AT, ours: () => projectTopics(options), ...(flow === undefined ? {} : { flow }) });
  return letters.filter(({ id, error, letter }) => (code === undefined || error.code === code) && (holds === null || holds(id, letter)));
}
