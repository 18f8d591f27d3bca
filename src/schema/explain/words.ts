import type { Json } from "../../core/json.js";

/** Names come from data too: whoever reads a message reads no more of one. */
const LONGEST_NAME = 100;

/** The place of a field, as messages name it. */
export const under = (path: string, whole: string): string => {
  const name = whole.length > LONGEST_NAME ? `${whole.slice(0, LONGEST_NAME)}…` : whole;
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
};

export const count = (number: number, unit: string): string => `${number} ${unit}${number === 1 ? "" : "s"}`;

export const article = (type: Json): string => (type === "null" ? "null" : /^[aio]/.test(String(type)) ? `an ${String(type)}` : `a ${String(type)}`).replace(/^an array$/, "a list");

/** A value, cut where it is long. */
export function show(value: unknown): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
