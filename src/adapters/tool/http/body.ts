import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createUnzip, createZstdDecompress } from "node:zlib";
import type { Dispatcher } from "undici";

type Response = Dispatcher.ResponseData;

/** The answer is packed in a way that nobody here can unpack. */
export class UnknownEncoding extends Error {
  override readonly name = "UnknownEncoding";
}

/** A server may pack what it sends without being asked to (RFC 9110). */
const UNPACKED: ReadonlyMap<string, () => Transform> = new Map([
  ["gzip", () => createUnzip()],
  ["x-gzip", () => createUnzip()],
  ["deflate", () => createUnzip()],
  ["br", () => createBrotliDecompress()],
  ["zstd", () => createZstdDecompress()],
]);

/** Null: longer than so many bytes. The connection is then closed. By events: an iterator of the stream costs as much as the rest of a small answer. */
export function textOf(response: Response, most: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const { body, isEmpty } = unpacked(response);
    body.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) return void chunks.push(chunk);
      resolve(null);
      body.destroy();
    });
    body.on("end", () => resolve(decoded(response, Buffer.concat(chunks))));
    body.on("error", (error) => (isEmpty() ? resolve("") : reject(error)));
    body.on("close", () => {
      if (!body.readableEnded) reject(new Error("the answer ended early"));
    });
  });
}

interface Unpacked {
  readonly body: Readable;
  /** The answer to HEAD, and others without a body, say how one would be packed: nothing is no packed text, and unpacking it fails. */
  readonly isEmpty: () => boolean;
}

function unpacked(response: Response): Unpacked {
  const packed = headerOf(response, "content-encoding");
  let body: Readable = response.body;
  let came = false;
  // The last in the list was applied last.
  for (const name of packed?.split(",").toReversed() ?? []) {
    const encoding = name.trim().toLowerCase();
    if (encoding === "" || encoding === "identity") continue;
    const unpack = UNPACKED.get(encoding);
    if (unpack === undefined) {
      // It fails by being closed, and nobody reads it.
      response.body.on("error", () => undefined).destroy();
      throw new UnknownEncoding(`the content encoding \`${encoding}\``);
    }
    if (body === response.body) body.once("data", () => (came = true));
    // Whoever reads the end of it hears of every failure.
    body = pipeline(body, unpack(), () => undefined);
  }
  return { body, isEmpty: () => response.body.readableEnded && !came };
}

/** Made once: to make one costs more than to read a small answer. */
const UTF8 = new TextDecoder();

function decoded(response: Response, bytes: Buffer): string {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headerOf(response, "content-type") ?? "")?.[1];
  try {
    return (charset === undefined || /^utf-?8$/i.test(charset) ? UTF8 : new TextDecoder(charset)).decode(bytes);
  } catch {
    // A name that nobody knows.
    return UTF8.decode(bytes);
  }
}

export function headerOf({ headers }: Response, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
