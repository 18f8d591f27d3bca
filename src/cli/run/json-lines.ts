import { createReadStream } from "node:fs";

export interface Line {
  readonly body: string;
  /** From 1, those that are empty counted. */
  readonly at: number;
}

/** Messages that go on together. */
const PART = 500;
const CHUNK = 1024 * 1024;

/** The lines of a file that are not empty, some at a time: a file may be larger than memory. */
export async function* fileLines(path: string): AsyncGenerator<readonly Line[]> {
  let part: Line[] = [];
  let at = 0;
  for await (const line of allLines(path)) {
    at++;
    if (line.trim() === "") continue;
    part.push({ body: line, at });
    if (part.length < PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

async function* allLines(path: string): AsyncGenerator<string> {
  let first = true;
  /** Of the line whose end has not come. */
  let pieces: string[] = [];
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: CHUNK })) {
    // A byte order mark belongs to the file, not to its first message.
    const [end = "", ...starts] = String(chunk).slice(first && String(chunk).startsWith("\ufeff") ? 1 : 0).split("\n");
    first = false;
    pieces.push(end);
    for (const start of starts) {
      yield withoutReturn(pieces.join(""));
      pieces = [start];
    }
  }
  yield withoutReturn(pieces.join(""));
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
