import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";

/**
 * Data with every text in it cleaned, keys too; the same value where nothing was to hide. Numbers stay: one may look like
 * a secret, and what is left of it is no JSON.
 */
export function cleanJson(value: JsonObject, clean: (text: string) => string): JsonObject;
export function cleanJson(value: Json, clean: (text: string) => string): Json;
export function cleanJson(value: Json, clean: (text: string) => string): Json {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => cleanJson(item, clean));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  let same = true;
  const fields = Object.entries(value).map(([key, inner]) => {
    const field = [clean(key), cleanJson(inner, clean)] as const;
    same &&= field[0] === key && field[1] === inner;
    return field;
  });
  return same ? value : Object.fromEntries(fields);
}
