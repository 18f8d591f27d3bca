import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { parseJson } from "../../core/parse-json.js";
import { CommandError, EXIT } from "../exit.js";
import { readStdin } from "../files/stdin.js";

/** JSON that was written on the command line; `-` is what stands on stdin. */
export async function jsonArgument(text: string, what: string): Promise<Json> {
  try {
    return parseJson(text === "-" ? await readStdin() : text);
  } catch (error) {
    throw new CommandError(EXIT.usage, `${what} is not JSON: ${messageOf(error)}`, 'text stands in double quotes inside single ones: \'{ "note": "fine" }\'');
  }
}
