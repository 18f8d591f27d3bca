import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { parseJson } from "../../core/parse-json.js";
import { CommandError, EXIT } from "../exit.js";
import { readStdin } from "../files/stdin.js";
import { fileLines, type Line } from "./json-lines.js";

/** One message, and which it is: its line, or its place in an array, from 1. */
export type Fed = Line;

/** What `-i` gives: bodies as they would come from a broker, for a topic or a manual flow, or for the one that fits. */
export interface Feed {
  readonly name: string | null;
  /** Message bodies from the first one on, some at a time; one that is not JSON is kept, so that it is treated as one that does not decode. */
  readonly parts: () => AsyncIterable<readonly Fed[]>;
  /** What was written, for messages. */
  readonly source: string;
  /** One message of it, for messages. */
  readonly place: (one: Fed) => string;
}

/**
 * `[TOPIC or FLOW=]file or json or -`. A file is one JSON value, where an array is many messages;
 * a .jsonl or .ndjson file, and stdin that is not one JSON value, is one message a line.
 */
export async function readFeed(argument: string, known: ReadonlySet<string>): Promise<Feed> {
  const { name, rest } = splitName(argument, known);
  if (rest === "-") return { name, ...ofStdin(withoutMark(await readStdin())) };
  if (isInlineJson(rest)) return { name, ...ofValue(parse(rest, rest), THE_MESSAGE) };
  if (/\.(jsonl|ndjson)$/.test(rest)) {
    needInput(rest);
    return { name, parts: () => fileLines(rest), source: rest, place: ({ at }) => `${rest}:${at}` };
  }
  return { name, ...ofValue(parse(readInput(rest), rest), rest) };
}

/** What stands on the command line. */
const THE_MESSAGE = "the message";

function splitName(argument: string, known: ReadonlySet<string>): { name: string | null; rest: string } {
  const [, name, rest] = /^([\w.-]+)=([^]*)$/.exec(argument) ?? [];
  if (name === undefined || rest === undefined || (!known.has(name) && existsSync(argument))) return { name: null, rest: argument };
  if (known.has(name)) return { name, rest };
  throw new CommandError(EXIT.usage, `\`-i ${name}=…\`: no loaded flow reads a topic or is a flow named \`${name}\``, `known are ${[...known].map((one) => `\`${one}\``).join(", ")}`);
}

/** A file's name may begin with digits, as a date does. */
const isInlineJson = (text: string): boolean => /^\s*(?:[[{"]|(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\s*$)/.test(text);

const whole = (messages: readonly Fed[]): Feed["parts"] =>
  async function* () {
    if (messages.length > 0) yield messages;
  };

function readInput(path: string): string {
  try {
    return withoutMark(readFileSync(path, "utf8"));
  } catch {
    throw unreadable(path);
  }
}

/** Before anything runs. */
function needInput(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw unreadable(path);
  }
  if (statSync(path).isDirectory()) throw unreadable(path);
}

const unreadable = (path: string): CommandError => new CommandError(EXIT.usage, `cannot read the input file \`${path}\``, "give a JSON file, a .jsonl file, JSON text, or - for stdin");

/** A byte order mark belongs to the file, not to its first message. */
const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

function parse(text: string, source: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new CommandError(EXIT.usage, `\`${source.slice(0, 60)}\` is not JSON: ${messageOf(error)}`, "for one message a line, name the file .jsonl");
  }
}

function ofValue(value: Json, source: string): Omit<Feed, "name"> {
  const many = Array.isArray(value);
  const messages = (many ? value : [value]).map((one, index) => ({ body: JSON.stringify(one), at: index + 1 }));
  return { parts: whole(messages), source, place: ({ at }) => (!many ? source : source === THE_MESSAGE ? `message ${at} of the list` : `message ${at} of ${source}`) };
}

function ofStdin(text: string): Omit<Feed, "name"> {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    const lines = text.split(/\r?\n/).map((body, index) => ({ body, at: index + 1 }));
    return { parts: whole(lines.filter(({ body }) => body.trim() !== "")), source: "stdin", place: ({ at }) => `line ${at} of stdin` };
  }
  return ofValue(value, "stdin");
}
