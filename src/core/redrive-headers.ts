import { CLAIM } from "./claim.js";

/** Header of a message that is sent again: how many times that was done (I17). It keeps its id, and is another message. */
export const REDRIVE = "flowctl-redrive";

/** And the flow whose run failed, or that could not read it. Every other one drops it. */
export const REDRIVE_TO = "flowctl-redrive-to";

/** And the last run that it made, where there was one: a key whose time is over makes runs that only differ by their number (I17). */
export const REDRIVE_OF = "flowctl-redrive-of";

/** And what its sender was known by, where that was its place alone. */
export const REDRIVE_AT = "flowctl-at";

const OF_A_REDRIVE: ReadonlySet<string> = new Set(["flowctl-id", REDRIVE, REDRIVE_TO, REDRIVE_OF, REDRIVE_AT]);

/** The headers that a message keeps when it is sent again: all but those that say which one it is, and a claim that was still to be made. Null: there are none. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  let kept: Record<string, string> | null = null;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || OF_A_REDRIVE.has(name) || (name === CLAIM && value === "")) continue;
    kept ??= {};
    kept[name] = value;
  }
  return kept;
}

/** Header of a dead letter on a topic: the flow that could not read the message, or whose run failed. */
export const LETTER_OF = "flowctl-letter-of";
