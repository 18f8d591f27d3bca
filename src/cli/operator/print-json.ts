import { jsonText } from "../format/json-text.js";
import { print } from "../terminal.js";

/** Control characters are escaped: JSON text allows it everywhere. */
export const printJson = (value: unknown): Promise<void> => print(`${jsonText(value)}\n`);
