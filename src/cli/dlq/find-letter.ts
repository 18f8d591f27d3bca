import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT } from "../exit.js";
import { lettersOf, LOOKED_AT, storedLetter, type Letter } from "./letters.js";

/** The letters that ids, or their beginnings, mean: any of the store, the newest of topics. */
export async function findLetters(operator: Operator, ids: readonly string[]): Promise<readonly Letter[]> {
  const newest = await lettersOf(operator, { limit: LOOKED_AT });
  const found: Letter[] = [];
  for (const id of ids) {
    const older = (await operator.store.deadLetters({ id, limit: 2 })).flatMap((row) => storedLetter(row) ?? []);
    const fitting = [...newest, ...older.filter((letter) => newest.every((one) => one.id !== letter.id))].filter((letter) => letter.id.startsWith(id));
    const [first, second] = fitting;
    if (first === undefined) throw new CommandError(EXIT.findings, `there is no dead letter \`${id}\``, "`flowctl dlq list` shows them");
    const exact = fitting.find((letter) => letter.id === id);
    if (second !== undefined && exact === undefined) throw new CommandError(EXIT.usage, `\`${id}\` begins the ids of several letters`, `write more of it: ${first.id} or ${second.id}`);
    found.push(exact ?? first);
  }
  return found;
}
