/** Any value that JSON can hold. Objects are read by own keys only. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json }

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * JSON text with object keys sorted by code unit: equal values give equal text,
 * so it can be hashed (plan hash, I7 input hashes, I10 keys). Of a value that is no JSON it is the text of what JSON makes of it.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let text = "";
    for (const item of value) text += text === "" ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value) ?? "null";
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
