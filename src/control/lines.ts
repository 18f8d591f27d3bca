import { StringDecoder } from "node:string_decoder";

/** Characters that are gathered before they are handed on. */
const CHUNK = 64 * 1024;

/** One JSON value a line, in chunks. */
export async function* lines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  let chunk = "";
  for await (const value of values) {
    chunk += `${JSON.stringify(value)}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}

/** The lines of a stream of bytes, each ended by a line feed. Empty lines are kept. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  const parts: string[] = [];
  for await (const chunk of bytes) {
    const [first = "", ...rest] = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)).split("\n");
    parts.push(first);
    for (const part of rest) {
      yield parts.join("");
      parts.length = 0;
      parts.push(part);
    }
  }
}
