import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT } from "../exit.js";
import { lettersOf, LOOKED_AT, type Letter } from "./letters.js";

/** The letters that ids, or their beginnings, mean. */
export async function findLetters(operator: Operator, ids: readonly string[]): Promise<readonly Letter[]> {
  const letters = await lettersOf(operator, { limit: LOOKED_AT });
  return ids.map((id) => {
    const fitting = letters.filter((letter) => letter.id.startsWith(id));
    const [first, second] = fitting;
    if (first === undefined) throw new CommandError(EXIT.findings, `there is no dead letter \`${id}\``, "`flowctl dlq list` shows them");
    const exact = fitting.find((letter) => letter.id === id);
    if (second !== undefined && exact === undefined) throw new CommandError(EXIT.usage, `\`${id}\` begins the ids of several letters`, `write more of it: ${first.id} or ${second.id}`);
    return exact ?? first;
  });
}
