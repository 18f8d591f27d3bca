import { BOOLEAN, DURATION, INTEGER, listOf, NUMBER, STRING, TIMESTAMP } from "../../core/type.js";
import type { Signature } from "./signature.js";

const text = (form: string, description: string, parameters: Signature["parameters"], result: Signature["result"], optional = 0): Signature => ({ form, description, parameters, result, optional });

export const TEXTS: Readonly<Record<string, Signature>> = {
  contains: text("s.contains(part)", "Whether a text holds another.", ["string", "string"], () => BOOLEAN),
  startsWith: text("s.startsWith(part)", "Whether a text begins with another.", ["string", "string"], () => BOOLEAN),
  endsWith: text("s.endsWith(part)", "Whether a text ends with another.", ["string", "string"], () => BOOLEAN),
  matches: text("s.matches(pattern)", "Whether an RE2 pattern is found in a text; `^…$` asks for all of it.", ["string", "string"], () => BOOLEAN),
  lowerAscii: text("s.lowerAscii()", "A to Z as small letters.", ["string"], () => STRING),
  upperAscii: text("s.upperAscii()", "a to z as capitals.", ["string"], () => STRING),
  trim: text("s.trim()", "Without white space at both ends.", ["string"], () => STRING),
  split: text("s.split(by, limit?)", "The parts between a separator.", ["string", "string", "integer"], () => listOf(STRING), 1),
  replace: text("s.replace(from, to, times?)", "Every occurrence replaced, or the first `times`.", ["string", "string", "string", "integer"], () => STRING, 1),
  substring: text("s.substring(from, to?)", "The characters from an index up to, but not including, another.", ["string", "integer", "integer"], () => STRING, 1),
  indexOf: text("s.indexOf(part)", "Where a text first holds another, or -1.", ["string", "string"], () => INTEGER),
  lastIndexOf: text("s.lastIndexOf(part)", "Where a text last holds another, or -1.", ["string", "string"], () => INTEGER),
  charAt: text("s.charAt(i)", "One character, empty past the end.", ["string", "integer"], () => STRING),
  string: text("string(x)", "A number, a boolean, a timestamp or a duration as text.", [["string", "number", "boolean", "timestamp", "duration", "null"]], () => STRING),
  int: text("int(x)", "A whole number: a text is read, a fraction is cut off.", [["number", "string", "timestamp"]], () => INTEGER),
  double: text("double(x)", "A number read from a text.", [["number", "string"]], () => NUMBER),
  bool: text("bool(x)", "`true` or `false` read from a text.", [["boolean", "string"]], () => BOOLEAN),
  timestamp: text("timestamp(s)", "An instant from RFC 3339 text, or from seconds since 1970.", [["string", "number", "timestamp"]], () => TIMESTAMP),
  duration: text("duration(s)", "A length of time from text such as '1h30m'.", [["string", "duration"]], () => DURATION),
  json: text("json(x)", "Any value as JSON text; mixed text needs it for lists and objects.", ["value"], () => STRING),
  untrusted: text("untrusted(s)", "A text fenced as data for a prompt: the model is told that no instruction stands in it.", [["string", "number", "boolean"]], () => STRING),
};

const FIELDS = {
  getFullYear: "The year",
  getMonth: "The month, January is 0",
  getDate: "The day of the month, from 1 on",
  getDayOfMonth: "The day of the month, from 0 on",
  getDayOfWeek: "The day of the week, Sunday is 0",
  getDayOfYear: "The day of the year, from 0 on",
  getHours: "The hour",
  getMinutes: "The minute",
  getSeconds: "The second",
  getMilliseconds: "The millisecond",
};
export const TIMES: Readonly<Record<string, Signature>> = Object.fromEntries(
  Object.entries(FIELDS).map(([name, part]) => [name, text(`t.${name}(zone?)`, `${part}; in UTC, or in an IANA zone such as 'Europe/Berlin'.`, [["timestamp", "duration"], "string"], () => INTEGER, 1)]),
);
