import { fullFormats } from "ajv-formats/dist/formats.js";
import type { JsonObject } from "../../core/json.js";
import { compilePattern } from "../pattern.js";
import { issue, type Walk } from "./walk.js";
import { count, show } from "./words.js";

export function checkString(walk: Walk, schema: JsonObject, value: string, path: string): void {
  const { minLength, maxLength, pattern, format } = schema;
  const length = typeof minLength === "number" || typeof maxLength === "number" ? [...value].length : 0;
  if (typeof minLength === "number" && length < minLength) issue(walk, path, value === "" && minLength === 1 ? "must not be empty" : `must have at least ${count(minLength, "character")}, but is ${show(value)}`);
  if (typeof maxLength === "number" && length > maxLength) issue(walk, path, `must have at most ${count(maxLength, "character")}, but has ${length}`);
  if (typeof pattern === "string") {
    const compiled = compilePattern(pattern);
    if ("test" in compiled && !compiled.test(value)) issue(walk, path, `must match \`${pattern}\`, but is ${show(value)}`);
  }
  if (typeof format === "string" && !hasFormat(format, value)) issue(walk, path, `must be ${FORMAT_NAMES.get(format) ?? `of the format \`${format}\``}, but is ${show(value)}`);
}

const FORMAT_NAMES: ReadonlyMap<string, string> = new Map([
  ["date-time", "a time such as 2026-01-31T12:00:00Z"], ["date", "a date such as 2026-01-31"], ["time", "a time of day such as 12:00:00Z"],
  ["email", "an e-mail address"], ["uri", "a URI"], ["uuid", "a UUID"], ["ipv4", "an IPv4 address"], ["ipv6", "an IPv6 address"], ["hostname", "a host name"],
  ["duration", "a duration such as PT1H30M"],
]);

const formats: ReadonlyMap<string, unknown> = new Map(Object.entries(fullFormats));

function hasFormat(name: string, value: string | number): boolean {
  const format = formats.get(name);
  if (format instanceof RegExp) return typeof value !== "string" || format.test(value);
  if (typeof format === "function") return typeof value !== "string" || format(value) === true;
  if (typeof format !== "object" || format === null || !("validate" in format)) return true;
  if ((("type" in format && format.type === "number") || false) !== (typeof value === "number")) return true;
  return format.validate instanceof RegExp ? format.validate.test(String(value)) : typeof format.validate !== "function" || format.validate(value) === true;
}

export function checkNumber(walk: Walk, schema: JsonObject, value: number, path: string): void {
  const limits: readonly (readonly [string, string, (limit: number) => boolean])[] = [
    ["minimum", "at least", (limit) => value >= limit],
    ["maximum", "at most", (limit) => value <= limit],
    ["exclusiveMinimum", "above", (limit) => value > limit],
    ["exclusiveMaximum", "below", (limit) => value < limit],
    ["multipleOf", "a multiple of", (step) => Number.isInteger(value / step)],
  ];
  for (const [keyword, words, holds] of limits) {
    const limit = schema[keyword];
    if (typeof limit === "number" && !holds(limit)) issue(walk, path, `must be ${words} ${limit}, but is ${value}`);
  }
  const { format } = schema;
  if (typeof format === "string" && !hasFormat(format, value)) issue(walk, path, `must be of the format \`${format}\`, but is ${value}`);
}
