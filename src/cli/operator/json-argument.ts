import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import { CommandError, EXIT } from "../exit.js";
import { readStdin } from "../files/stdin.js";

/** JSON that was written on the command line; `-` is what stands on stdin. */
export async function jsonArgument(text: string, what: string): Promise<Json> {
  try {
    return parseJson(text === "-" ? await readStdin() : text);
  } catch (error) {
    throw new CommandError(EXIT.usage, `${what} is not JSON: ${error instanceof Error ? error.message : String(error)}`, 'text stands in double quotes inside single ones: \'{ "note": "fine" }\'');
  }
}
