import { StepError } from "../../core/errors.js";

/**
 * Data as a part of a url, percent-encoded: it fills a part of the path and cannot leave it. Dots alone would: a url
 * takes `..` as the way up also where it is encoded. Behind the `?` they mean nothing.
 */
export function urlPart(text: string, before: string): string {
  if ((text === "." || text === "..") && !before.includes("?")) throw new StepError("invalid_input", `\`${text}\` cannot be a part of the tool's url`);
  // Half a surrogate pair: JSON can hold it, a url cannot.
  if (!text.isWellFormed()) throw new StepError("invalid_input", "text that is no Unicode cannot be a part of the tool's url");
  return encodeURIComponent(text);
}
