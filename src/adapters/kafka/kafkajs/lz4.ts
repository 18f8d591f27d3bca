import { MOST_BYTES, repeat } from "./snappy.js";

const MAGIC = 0x184d2204;
const HEAD = 7;
const [HAS_SIZE, HAS_DICTIONARY, HAS_BLOCK_SUMS] = [0x08, 0x01, 0x10];
const STORED = 0x8000_0000;
/** A match has at least so many bytes. */
const LEAST_MATCH = 4;

/** A frame of LZ4, without looking at its checksums: Kafka has its own. */
export function unlz4(packed: Buffer): Buffer {
  if (packed.readUInt32LE(0) !== MAGIC) throw new RangeError("a batch says that it is LZ4, and is not");
  const flags = packed.readUInt8(4);
  let at = HEAD + ((flags & HAS_SIZE) === 0 ? 0 : 8) + ((flags & HAS_DICTIONARY) === 0 ? 0 : 4);
  let out = Buffer.alloc(packed.length * 4);
  let end = 0;
  const room = (bytes: number): void => {
    if (end + bytes > MOST_BYTES) throw new RangeError("a batch is larger than 128 MiB when it is unpacked");
    if (end + bytes > out.length) out = Buffer.concat([out.subarray(0, end)], Math.max(end + bytes, out.length * 2));
  };
  const take = (from: number, length: number): void => {
    room(length);
    end += packed.copy(out, end, from, from + length);
  };
  /** 15 says that more follows, a byte of 255 too. */
  const lengthOf = (short: number): number => {
    let length = short;
    for (let next = short === 15 ? 255 : 0; next === 255; length += next) next = packed.readUInt8(at++);
    return length;
  };
  for (;;) {
    const size = packed.readUInt32LE(at);
    at += 4;
    if (size === 0) return out.subarray(0, end);
    const stop = at + (size % STORED);
    if (size >= STORED) take(at, size - STORED);
    else {
      while (at < stop) {
        const token = packed.readUInt8(at++);
        const literals = lengthOf(token >> 4);
        take(at, literals);
        at += literals;
        if (at >= stop) break;
        const back = packed.readUInt16LE(at);
        at += 2;
        const length = lengthOf(token & 15) + LEAST_MATCH;
        room(length);
        // A block may begin with what the block before it ends with.
        end = repeat(out, end, back, length);
      }
    }
    at = stop + ((flags & HAS_BLOCK_SUMS) === 0 ? 0 : 4);
  }
}
