/** What a batch may be when it is unpacked: a few bytes can say that they are very many. */
export const MOST_BYTES = 134_217_728;
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD = 16;

/** Snappy: one block, or several behind the head that Java's clients write. */
export function unsnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return block(packed);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEAD; at < packed.length; ) {
    const length = packed.readUInt32BE(at);
    blocks.push(block(packed.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function block(packed: Buffer): Buffer {
  let at = 0;
  const byte = (): number => packed.readUInt8(at++);
  const number = (bytes: number): number => {
    const value = packed.readUIntLE(at, bytes);
    at += bytes;
    return value;
  };
  let size = 0;
  for (let shift = 0, more = true; more; shift += 7) {
    const next = byte();
    size += (next & 0x7f) * 2 ** shift;
    more = next >= 0x80;
  }
  if (size > MOST_BYTES) throw new RangeError("a batch is larger than 128 MiB when it is unpacked");
  const out = Buffer.alloc(size);
  let end = 0;
  while (at < packed.length) {
    const tag = byte();
    if ((tag & 3) === 0) {
      const short = tag >> 2;
      const length = (short < 60 ? short : number(short - 59)) + 1;
      end += packed.copy(out, end, at, at + length);
      at += length;
      continue;
    }
    const length = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = (tag & 3) === 1 ? ((tag >> 5) << 8) | byte() : number((tag & 3) === 2 ? 2 : 4);
    end = repeat(out, end, back, length);
  }
  return out;
}

/** Copies what stands `back` bytes before `end`, which may overlap what is written; gives the new end. */
export function repeat(out: Buffer, end: number, back: number, length: number): number {
  if (back === 0 || back > end || end + length > out.length) throw new RangeError("a compressed batch is damaged");
  if (back >= length) out.copyWithin(end, end - back, end - back + length);
  else for (let at = 0; at < length; at += 1) out.writeUInt8(out.readUInt8(end - back + at), end + at);
  return end + length;
}
