import { printable } from "../../core/cells.js";
import type { MessageSource } from "../../core/event.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { jsonText } from "../format/json-text.js";
import { printJson } from "../operator/print-json.js";
import { timestamp } from "../operator/time.js";
import { typedChoice } from "../operator/typed.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findLetters } from "./find-letter.js";
import { jsonOf } from "./list.js";
import type { Letter } from "./letters.js";

/** The whole letter: what was wrong, where it came from, the message as it came. */
export const showLetter = (id: string, options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    for (const letter of await findLetters(operator, [id])) {
      if (options.output === "json") await printJson(jsonOf(letter));
      else {
        const { topic, at, source, run, error, redrives } = letter;
        const rows: readonly (readonly [string, string])[] = [
          ["letter", letter.id],
          ["in", topic === null ? "the store" : `topic ${topic}`],
          ["since", timestamp(at)],
          ["from", `${placeOf(source)}${source.key === null ? "" : `, key ${source.key}`}, id ${source.id}`],
          ...(run === null ? [] : [["run", run] as const]),
          ...(redrives === 0 ? [] : [["redrives", String(redrives)] as const]),
          ["error", `${error.code}: ${error.message}`],
        ];
        const whole = rows.map(([name, value]) => `${`${name}:`.padEnd(10)}${printable(value.replaceAll(/\s+/g, " "))}\n`).join("");
        await print(`${whole}\n${message(letter)}\n\n  $ flowctl dlq redrive ${printable(letter.id)}${typedChoice(options)}\n`);
      }
    }
    return EXIT.ok;
  });

/** What the broker did not take has no place on its topic. */
const placeOf = ({ topic, partition, offset }: MessageSource): string => (offset === "" ? `an emit to ${topic}` : `${topic}/${partition}/${offset}`);

/** Bytes are shown as what they decoded to, where they did. */
function message({ raw, encoding, letter }: Letter): string {
  if (encoding !== undefined) return letter["message"] === undefined ? `${encoding}: ${raw}` : jsonText(letter["message"], 2);
  try {
    return jsonText(JSON.parse(raw), 2);
  } catch {
    return raw.split("\n").map(printable).join("\n");
  }
}
