import { cut } from "./table.js";

/** A value as one line of a screen: text without quotes, everything else as JSON. */
export function shownJson(value: unknown, columns: number): string {
  // Long texts are cut before they are split into characters.
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, columns * 4).replaceAll(/\s+/g, " ");
  return cut(text, columns);
}
