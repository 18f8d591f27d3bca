import crc32C from "kafkajs/src/protocol/recordBatch/crc32C/index.js";
import { SCHEMA_ID } from "../../../core/format/schema-id.js";
import type { NewRecord } from "../driver.js";
import { ATTRIBUTES_AT, CRC_AT, LENGTH_AT, MAGIC, MAGIC_AT, RECORDS_AT } from "./batch-format.js";

/** Whose messages they are, and which of that producer's for this partition the first one is. */
export interface Sequence {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

const LONGEST_VARINT = 5;
/** Of one character. */
const MOST_BYTES = 3;

type Record = Pick<NewRecord, "key" | "value" | "headers">;

/** Records as the broker keeps them, in one piece of memory: the library makes five for each record and one for each header. */
export function writeBatch(records: readonly Record[], { producerId, producerEpoch, firstSequence }: Sequence, now: number): Buffer {
  let buffer = Buffer.allocUnsafe(Math.max(1024, records.length * 256));
  let at = RECORDS_AT;

  function need(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }
  function varint(value: number): void {
    let left = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; left > 0x7f; left >>>= 7) buffer[at++] = (left & 0x7f) | 0x80;
    buffer[at++] = left;
  }
  /** Its length stands before it and is known behind it; what was thought first is nearly always right. */
  function behindLength(guess: number, write: () => void): void {
    const begin = at;
    const room = sizeOf(guess);
    at += room;
    write();
    const length = at - begin - room;
    const size = sizeOf(length);
    if (size > room) need(size);
    if (size !== room) buffer.copyWithin(begin + size, begin + room, at);
    at = begin;
    varint(length);
    at += length;
  }
  function text(value: string): void {
    need(value.length * MOST_BYTES + LONGEST_VARINT);
    const begin = at;
    const room = sizeOf(value.length);
    const length = buffer.write(value, begin + room);
    const size = sizeOf(length);
    if (size !== room) buffer.copyWithin(begin + size, begin + room, begin + room + length);
    varint(length);
    at += length;
  }
  function bytes(value: Buffer): void {
    need(value.length + LONGEST_VARINT);
    varint(value.length);
    value.copy(buffer, at);
    at += value.length;
  }
  function record({ key, value, headers }: Record, offset: number): void {
    need(3 * LONGEST_VARINT);
    // Attributes, of which there are none, and the time: that of the batch.
    buffer[at++] = 0;
    buffer[at++] = 0;
    varint(offset);
    if (key === null) varint(-1);
    else text(key);
    if (typeof value === "string") text(value);
    else bytes(value);
    const names = Object.keys(headers);
    need(LONGEST_VARINT);
    varint(names.length);
    for (const name of names) {
      text(name);
      const value = headers[name] ?? "";
      // Bytes, as `headersOf` reads them.
      if (name === SCHEMA_ID) bytes(Buffer.from(value, "hex"));
      else text(value);
    }
  }

  for (const [offset, one] of records.entries()) {
    need(LONGEST_VARINT);
    behindLength(one.value.length, () => record(one, offset));
  }
  const batch = buffer.subarray(0, at);
  batch.fill(0, 0, RECORDS_AT);
  batch.writeInt32BE(at - LENGTH_AT - 4, LENGTH_AT);
  batch.writeInt8(MAGIC, MAGIC_AT);
  at = batch.writeInt32BE(records.length - 1, ATTRIBUTES_AT + 2);
  at = batch.writeBigInt64BE(BigInt(now), at);
  at = batch.writeBigInt64BE(BigInt(now), at);
  at = batch.writeBigInt64BE(BigInt(producerId), at);
  at = batch.writeInt16BE(producerEpoch, at);
  at = batch.writeInt32BE(firstSequence, at);
  batch.writeInt32BE(records.length, at);
  batch.writeUInt32BE(crc32C(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
  return batch;
}

/** Of a length, as zigzag varint. */
function sizeOf(length: number): number {
  if (length < 0x40) return 1;
  if (length < 0x2000) return 2;
  if (length < 0x10_0000) return 3;
  return length < 0x800_0000 ? 4 : LONGEST_VARINT;
}
