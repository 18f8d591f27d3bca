/**
 * Texts by characters, as `size` counts them: one that takes two units of UTF-16 is one, and never cut in half. Half of
 * one is no Unicode, which a journal, a broker or a model's API would change or refuse.
 */
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/;
const hasPairs = (text: string): boolean => PAIR.test(text);

export function substring(text: string, from: number, to?: number): string {
  if (!hasPairs(text)) return text.substring(from, to);
  const characters = Array.from(text);
  const [one, other] = [Math.max(from, 0), Math.max(to ?? characters.length, 0)];
  return characters.slice(Math.min(one, other), Math.max(one, other)).join("");
}

export const charAt = (text: string, index: number): string => (hasPairs(text) ? (Array.from(text)[index] ?? "") : text.charAt(index));

/** The place of a character, where that of its unit is known; -1 stays. */
export const placeOf = (text: string, unit: number): number => (unit > 0 && hasPairs(text) ? Array.from(text.slice(0, unit)).length : unit);

/** Nothing stands between all characters, and for `replace` also at both ends. */
export const partsOf = (text: string, by: string): readonly string[] => (by === "" ? Array.from(text) : text.split(by));
export const gapsOf = (text: string, at: string): readonly string[] => (at === "" ? ["", ...Array.from(text), ""] : text.split(at));
