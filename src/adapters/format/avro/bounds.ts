import { isUtf8 } from "node:buffer";
import { resolveAvro, type AvroSchema, type AvroType } from "../../../core/format/avro.js";
import { Undecodable } from "../codec.js";

/** Items that take no bytes: a count alone must not fill the memory. */
const MOST_EMPTY = 1_000_000;
/** Lists of lists of … */
const MOST_DEPTH = 500;

/**
 * Walks bytes as the schema reads them, before avsc does: it makes as many items as a count says, and a broken count says
 * 2^60. Throws Undecodable where the bytes end too early, go on, or mean nothing.
 */
export function checkBounds(schema: AvroSchema, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let empty = 0;

  function long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new Undecodable("its bytes end in the middle of a value");
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
    throw new Undecodable("a number in it is longer than 64 bits");
  }
  function skip(count: bigint): void {
    if (count < 0n || count > BigInt(bytes.length - at)) throw new Undecodable("a length in it is more than there is");
    at += Number(count);
  }
  function text(): Uint8Array {
    const length = long();
    skip(length);
    const read = bytes.subarray(at - Number(length), at);
    if (!isUtf8(read)) throw new Undecodable("a text in it is not UTF-8");
    return read;
  }
  function blocks(item: () => void): void {
    for (let count = long(); count !== 0n; count = long()) {
      const size = count < 0n ? long() : null;
      const start = at;
      for (let left = count < 0n ? -count : count; left > 0n; left -= 1n) {
        const before = at;
        item();
        if (at === before && ++empty > MOST_EMPTY) throw new Undecodable("a count in it is more than there can be");
      }
      // avsc goes on behind it where the reader does not have the list: a size below zero would never end.
      if (size !== null && size !== BigInt(at - start)) throw new Undecodable("a block in it has not the size that it says");
    }
  }
  function walk(type: AvroType, depth: number): void {
    if (depth > MOST_DEPTH) throw new Undecodable("it is nested too deeply");
    const found = resolveAvro(type, schema);
    switch (found.is) {
      case "null":
        return;
      case "boolean":
        return skip(1n);
      case "int":
      case "long":
      case "date":
      case "time":
      case "timestamp":
        return void long();
      case "float":
        return skip(4n);
      case "double":
        return skip(8n);
      case "bytes":
        return skip(long());
      case "string":
      case "uuid":
        return void text();
      case "decimal":
        return skip(found.size === null ? long() : BigInt(found.size));
      case "fixed":
        return skip(BigInt(found.size));
      case "enum": {
        const index = long();
        if (index < 0n || index >= BigInt(found.symbols.length)) throw new Undecodable("an enum in it has no such symbol");
        return;
      }
      case "array":
        return blocks(() => walk(found.items, depth + 1));
      case "map":
        return blocks(() => {
          // avsc would make it the object's prototype.
          if (Buffer.from(text()).toString() === "__proto__") throw new Undecodable("a map in it has the key `__proto__`");
          walk(found.values, depth + 1);
        });
      case "union": {
        const branch = found.of[Number(long())];
        if (branch === undefined) throw new Undecodable("a union in it has no such branch");
        return walk(branch, depth + 1);
      }
      case "record":
        for (const field of found.fields) walk(field.type, depth + 1);
    }
  }

  walk(schema.root, 0);
  if (at !== bytes.length) throw new Undecodable(`${bytes.length - at} bytes are left behind its end`);
}
