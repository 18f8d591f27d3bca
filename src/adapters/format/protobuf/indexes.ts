import { Undecodable } from "../codec.js";

/** Which message of a schema's file it is: how many numbers, then each; the first message, the usual one, is a single zero. */
export function writeIndexes(indexes: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  const put = (value: number): void => {
    let rest = value * 2; // zigzag of what is not negative
    while (rest > 0x7f) {
      bytes.push((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  };
  if (indexes.length === 1 && indexes[0] === 0) put(0);
  else for (const one of [indexes.length, ...indexes]) put(one);
  return Uint8Array.from(bytes);
}

const MOST_DEPTH = 64;

export function readIndexes(bytes: Uint8Array): { readonly indexes: readonly number[]; readonly rest: Uint8Array } {
  let at = 0;
  const take = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Undecodable("its bytes end before its message");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new Undecodable("which message it is, is no number");
  };
  const count = take();
  if (count < 0 || count > MOST_DEPTH) throw new Undecodable("which message it is, is no path");
  const indexes = count === 0 ? [0] : Array.from({ length: count }, take);
  return { indexes, rest: bytes.subarray(at) };
}
