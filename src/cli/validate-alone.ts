import type { ValidateOptions } from "./commands/validate.js";
import { OUTPUT_FORMATS } from "./format/formats.js";
import { reportFailure, watchOutput } from "./failure.js";
import { validate } from "./validate/validate.js";

/**
 * `flowctl validate` in its plain forms, in a bundle of its own (bin/flowctl.js): to load the whole command line takes as
 * long as the check. Gives the exit code; null for what the whole command line reads.
 */
export async function validateAlone(words: readonly string[]): Promise<number | null> {
  const plain = plainRequest(words);
  if (plain === null) return null;
  watchOutput();
  try {
    return await validate(plain.paths, plain.options);
  } catch (error) {
    return reportFailure(error);
  }
}

/** Paths, `--strict` and `--format` with a text that is in place; null for all else, which the whole command line reads. */
function plainRequest(words: readonly string[]): { readonly paths: readonly string[]; readonly options: ValidateOptions } | null {
  const paths: string[] = [];
  let options: ValidateOptions = { format: "text", set: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--strict") options = { ...options, strict: true };
    else if (word === "--format") {
      const format = OUTPUT_FORMATS.find((one) => one === words[at + 1]);
      if (format === undefined) return null;
      options = { ...options, format };
      at++;
    } else if (word.startsWith("-") && word !== "-") return null;
    else paths.push(word);
  }
  return { paths, options };
}
