import type { Operator } from "../../core/ports/operator.js";
import { letterCondition } from "../wire/letter-condition.js";
import { LOOKED_AT, storedLetter, topicLetters, type Letter } from "./letters.js";
import { projectTopics } from "./project-topics.js";
import type { RedriveOptions } from "./redrive.js";

/** Letters that are read again when their turn comes: all of a store may be more than memory holds. */
export interface ChosenLetters {
  readonly length: number;
  /** Where their messages go. */
  readonly topics: ReadonlySet<string>;
  /** Oldest first, as their messages came; the store's before those of topics. */
  read(): AsyncIterable<readonly Letter[]>;
}

/** Letters for which all hold that the options say: of the store all of them, of topics the newest. */
export async function chosenLetters(operator: Operator, options: RedriveOptions): Promise<ChosenLetters> {
  const { flow, code, where } = options;
  const of = flow === undefined ? {} : { flow };
  const holds = where === undefined ? null : letterCondition(where);
  const fits = ({ id, error, letter }: Letter): boolean => (code === undefined || error.code === code) && (holds === null || holds(id, letter));
  const page = async (before: string | undefined) => operator.store.deadLetters({ ...of, ...(before === undefined ? {} : { before }), limit: LOOKED_AT });

  /** Not read again: what fails while others are sent is newer still. */
  const newest: Letter[] = [];
  /** Behind which letters older pages begin that hold some. They are taken from the oldest on, so that these stay. */
  const older: string[] = [];
  const topics = new Set<string>();
  let length = 0;
  const note = (letters: readonly Letter[]): void => {
    length += letters.length;
    for (const { source } of letters) topics.add(source.topic);
  };
  for (let before: string | undefined; ; ) {
    const rows = await page(before);
    const found = rows.flatMap((row) => storedLetter(row) ?? []).filter(fits);
    if (before === undefined) newest.push(...found);
    else if (found.length > 0) older.push(before);
    note(found);
    if (rows.length < LOOKED_AT) break;
    before = rows.at(-1)?.id;
  }
  const lying = (await topicLetters(operator, { ...of, limit: LOOKED_AT, ours: () => projectTopics(options) })).filter(fits).toSorted((a, b) => a.at - b.at);
  note(lying);
  return {
    length,
    topics,
    async *read() {
      for (const before of older.toReversed()) yield (await page(before)).flatMap((row) => storedLetter(row) ?? []).filter(fits).toReversed();
      yield newest.toReversed();
      yield lying;
    },
  };
}
