import { isJsonObject, type Json } from "../../core/json.js";

/** The first field in which two requests differ, in words: "`messages[1].text` differs: …". */
export function firstDifference(asked: Json, recorded: Json): string {
  return difference(asked, recorded, "") ?? "nothing differs";
}

function difference(asked: Json | undefined, recorded: Json | undefined, path: string): string | null {
  if (asked === recorded) return null;
  if (asked === undefined) return `\`${path}\` is not asked now, it was ${shown(recorded)}`;
  if (recorded === undefined) return `\`${path}\` is not in the recording, it is now ${shown(asked)}`;
  if (Array.isArray(asked) && Array.isArray(recorded)) {
    const [now, then]: readonly (readonly Json[])[] = [asked, recorded];
    return firstOf(Array.from({ length: Math.max(asked.length, recorded.length) }, (_, index) => difference(now?.[index], then?.[index], `${path}[${index}]`)));
  }
  if (isJsonObject(asked) && isJsonObject(recorded)) {
    const keys = [...new Set([...Object.keys(asked), ...Object.keys(recorded)])];
    return firstOf(keys.map((key) => difference(own(asked, key), own(recorded, key), path === "" ? key : `${path}.${key}`)));
  }
  if (typeof asked === "string" && typeof recorded === "string") return textDifference(asked, recorded, path);
  return `\`${path}\` differs: it is now ${shown(asked)}, it was ${shown(recorded)}`;
}

const firstOf = (found: readonly (string | null)[]): string | null => found.find((one) => one !== null) ?? null;

const own = (object: Readonly<Record<string, Json>>, key: string): Json | undefined => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Of what is the same before the difference, and of all after it, so many characters are shown. */
const BEFORE = 20;
const AFTER = 40;

function textDifference(asked: string, recorded: string, path: string): string {
  let at = 0;
  while (at < asked.length && at < recorded.length && asked[at] === recorded[at]) at += 1;
  const from = Math.max(0, at - BEFORE);
  const excerpt = (text: string): string => JSON.stringify(`${from > 0 ? "…" : ""}${text.slice(from, at + AFTER)}${text.length > at + AFTER ? "…" : ""}`);
  const line = asked.slice(0, at).split("\n").length;
  return `\`${path}\` differs${asked.includes("\n") ? ` in its line ${line}` : ""}: it is now ${excerpt(asked)}, it was ${excerpt(recorded)}`;
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > AFTER * 2 ? `${text.slice(0, AFTER * 2)}…` : text;
}
