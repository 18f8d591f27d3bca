import { printable } from "../../core/cells.js";
import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { type BulkOptions, mayDo } from "../operator/bulk.js";
import { printJson } from "../operator/print-json.js";
import { publishAgain } from "../operator/publish.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { projectFormats, type ProjectFormats } from "../wire/project-formats.js";
import { chosenLetters, type ChosenLetters } from "./chosen-letters.js";
import { findLetters } from "./find-letter.js";
import type { Letter } from "./letters.js";
import type { LettersOptions } from "./list.js";
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
    await using formats = await projectFormats(options, letters.topics);
    const again: { readonly id: string; readonly topic: string }[] = [];
    const unfit: Unfit[] = [];
    for await (const some of letters.read()) {
      const { fit, unfit: others } = await encoded(some, formats);
      const refused = await publishAgain(operator, fit.map(({ message }) => message), formats);
      const done = fit.flatMap(({ letter, message }) => (refused.has(message.id) ? [] : [letter]));
      await operator.deleteDeadLetters(done.flatMap(({ id, topic }) => (topic === null ? [id] : [])));
      again.push(...done.map(({ id, source }) => ({ id, topic: source.topic })));
      unfit.push(...others, ...fit.flatMap(({ letter, message }) => refusal(letter, refused.get(message.id))));
    }
    if (options.output === "json") await printJson(again);
    else await print(again.map(({ id, topic }) => `${printable(id)}: its message is on ${printable(topic)} again\n`).join("") || (unfit.length > 0 ? "" : "no dead letters\n"));
    const [first] = unfit;
    if (first === undefined) return EXIT.ok;
    throw new CommandError(EXIT.findings, `the message of ${printable(first.id)}${unfit.length > 1 ? `, and those of ${unfit.length - 1} more letters,` : ""} cannot be published: ${first.reason}`);
  });

interface Unfit {
  readonly id: string;
  readonly reason: string;
}

const refusal = ({ id }: Letter, reason: string | undefined): readonly Unfit[] => (reason === undefined ? [] : [{ id, reason }]);

interface Encoded {
  readonly fit: readonly { readonly letter: Letter; readonly message: Outgoing }[];
  /** What its topic's format does not hold holds up no other. */
  readonly unfit: readonly Unfit[];
}

async function encoded(letters: readonly Letter[], formats: Pick<ProjectFormats, "encoded">): Promise<Encoded> {
  const fit: { readonly letter: Letter; readonly message: Outgoing }[] = [];
  const unfit: Unfit[] = [];
  for (const letter of letters) {
    try {
      for (const message of await formats.encoded([redriveOf(letter)])) fit.push({ letter, message });
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      unfit.push({ id: letter.id, reason: error.message });
    }
  }
  return { fit, unfit };
}

async function named(operator: Operator, ids: readonly string[], options: RedriveOptions): Promise<ChosenLetters> {
  if (isBulk(options)) throw new CommandError(EXIT.usage, "name letters, or say which by `--all`, `--flow`, `--code` or `--where`, not both");
  const letters = await findLetters(operator, ids);
  return {
    length: letters.length,
    topics: new Set(letters.map(({ source }) => source.topic)),
    async *read() {
      yield letters.toReversed();
    },
  };
}

const isBulk = ({ all, flow, code, where }: RedriveOptions): boolean => all === true || flow !== undefined || code !== undefined || where !== undefined;

async function chosen(operator: Operator, options: RedriveOptions): Promise<ChosenLetters> {
  if (!isBulk(options)) throw new CommandError(EXIT.usage, "which letters?", "name some of `flowctl dlq list`, or say `--all`, `--flow`, `--code` or `--where`");
  return await chosenLetters(operator, options);
}
