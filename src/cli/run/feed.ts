import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import { CommandError, EXIT } from "../exit.js";
import { readStdin } from "../files/stdin.js";
import { fileLines } from "./json-lines.js";

/** What `-i` gives: bodies as they would come from a broker, for a topic or a manual flow, or for the one that fits. */
export interface Feed {
  readonly name: string | null;
  /** Message bodies from the first one on, some at a time; one that is not JSON is kept, so that it is treated as one that does not decode. */
  readonly parts: () => AsyncIterable<readonly string[]>;
  /** What was written, for messages. */
  readonly source: string;
}

/**
 * `[TOPIC or FLOW=]file or json or -`. A file is one JSON value, where an array is many messages;
 * a .jsonl or .ndjson file, and stdin that is not one JSON value, is one message a line.
 */
export async function readFeed(argument: string, known: ReadonlySet<string>): Promise<Feed> {
  const { name, rest } = splitName(argument, known);
  if (rest === "-") return { name, parts: whole(bodiesOfStdin(withoutMark(await readStdin()))), source: "stdin" };
  if (isInlineJson(rest)) return { name, parts: whole(bodiesOf(parse(rest, rest))), source: "the command line" };
  if (/\.(jsonl|ndjson)$/.test(rest)) {
    needInput(rest);
    return { name, parts: () => fileLines(rest), source: rest };
  }
  return { name, parts: whole(bodiesOf(parse(readInput(rest), rest))), source: rest };
}

function splitName(argument: string, known: ReadonlySet<string>): { name: string | null; rest: string } {
  const [, name, rest] = /^([\w.-]+)=([^]*)$/.exec(argument) ?? [];
  if (name === undefined || rest === undefined || (!known.has(name) && existsSync(argument))) return { name: null, rest: argument };
  if (known.has(name)) return { name, rest };
  throw new CommandError(EXIT.usage, `\`-i ${name}=…\`: no loaded flow reads a topic or is a flow named \`${name}\``, `known are ${[...known].map((one) => `\`${one}\``).join(", ")}`);
}

const isInlineJson = (text: string): boolean => /^\s*(?:[[{"]|-?\d|true$|false$|null$)/.test(text);

const whole = (bodies: readonly string[]): Feed["parts"] =>
  async function* () {
    if (bodies.length > 0) yield bodies;
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
    throw new CommandError(EXIT.usage, `\`${source.slice(0, 60)}\` is not JSON: ${error instanceof Error ? error.message : String(error)}`, "for one message a line, name the file .jsonl");
  }
}

const bodiesOf = (value: Json): readonly string[] => (Array.isArray(value) ? value : [value]).map((one) => JSON.stringify(one));
const lines = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

function bodiesOfStdin(text: string): readonly string[] {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return lines(text);
  }
  return bodiesOf(value);
}
