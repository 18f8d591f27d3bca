import type { Json } from "./json.js";
import { thousands } from "./thousands.js";

/** Levels of lists and objects in data from outside: what checks, copies and prints it goes down with the stack. */
export const MOST_LEVELS = 1000;

/** JSON that came from outside: a message, an answer, an input by hand. Throws a SyntaxError for what is no JSON, too deep, or holds a number that is read as Infinity. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${thousands(MOST_LEVELS)} levels`);
  if (mayOverflow(text) && !isWithin(value)) throw new SyntaxError("a number in it is larger than any that JSON is read with (1.8e308)");
  return value;
}

const EXPONENT = /[eE]\+?\d{3}/;
const MANY_DIGITS = 200;

/** A number of that size takes an exponent of three digits, or more than two hundred digits: every run of them has one at a multiple of that. Most messages are told at once. */
function mayOverflow(text: string): boolean {
  if (EXPONENT.test(text)) return true;
  for (let at = MANY_DIGITS - 1; at < text.length; at += MANY_DIGITS) {
    let [from, to] = [at, at];
    while (isDigit(text.charCodeAt(to))) to += 1;
    while (to > at && isDigit(text.charCodeAt(from - 1))) from -= 1;
    if (to - from >= MANY_DIGITS) return true;
  }
  return false;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function isWithin(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isWithin);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** For JSON text. Every level costs two characters, so most messages are too short to be looked at. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MOST_LEVELS * 2) return false;
  let levels = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      levels++;
      if (levels > MOST_LEVELS) return true;
    } else if (code === 0x5d || code === 0x7d) levels--;
  }
  return false;
}

function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); ; end = text.indexOf('"', end + 1)) {
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}
