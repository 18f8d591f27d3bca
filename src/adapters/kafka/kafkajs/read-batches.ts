import { lookupCodecByAttributes } from "kafkajs/src/protocol/message/compression/index.js";
import type { FetchedRecord } from "kafkajs/src/protocol/requests/fetch/v11/response.js";
import { ATTRIBUTES_AT, LENGTH_AT, MAGIC, MAGIC_AT, RECORDS_AT } from "./batch-format.js";

const APPEND_TIME = 0x8;
const IN_TRANSACTION = 0x10;
const CONTROL = 0x20;
const COMPRESSED = 0x7;

/** The batches of a partition, as the library gives them, without what it makes of each number on the way. Null: an older format. */
export async function readBatches(buffer: Buffer): Promise<FetchedRecord[] | null> {
  const records: FetchedRecord[] = [];
  for (let at = 0; at + MAGIC_AT < buffer.length; ) {
    if (buffer.readInt8(at + MAGIC_AT) !== MAGIC) return null;
    const end = at + LENGTH_AT + 4 + buffer.readInt32BE(at + LENGTH_AT);
    // The last one may have been cut off.
    if (end > buffer.length) break;
    const attributes = buffer.readInt16BE(at + ATTRIBUTES_AT);
    const batch = contextOf(buffer, at, attributes);
    const codec = (attributes & COMPRESSED) === 0 ? null : lookupCodecByAttributes(attributes);
    const packed = buffer.subarray(at + RECORDS_AT, end);
    readRecords(codec === null ? packed : await codec.decompress(packed), buffer.readInt32BE(at + RECORDS_AT - 4), batch, records);
    at = end;
  }
  return records;
}

function contextOf(buffer: Buffer, at: number, attributes: number): FetchedRecord["batchContext"] {
  const text = (from: number): string => buffer.readBigInt64BE(at + from).toString();
  return {
    firstOffset: text(0),
    firstTimestamp: text(ATTRIBUTES_AT + 6),
    partitionLeaderEpoch: buffer.readInt32BE(at + LENGTH_AT + 4),
    inTransaction: (attributes & IN_TRANSACTION) > 0,
    isControlBatch: (attributes & CONTROL) > 0,
    lastOffsetDelta: buffer.readInt32BE(at + ATTRIBUTES_AT + 2),
    producerId: text(ATTRIBUTES_AT + 22),
    producerEpoch: buffer.readInt16BE(at + ATTRIBUTES_AT + 30),
    firstSequence: buffer.readInt32BE(at + ATTRIBUTES_AT + 32),
    maxTimestamp: text(ATTRIBUTES_AT + 14),
    timestampType: (attributes & APPEND_TIME) > 0 ? 1 : 0,
    magicByte: MAGIC,
  };
}

function readRecords(buffer: Buffer, count: number, batchContext: FetchedRecord["batchContext"], into: FetchedRecord[]): void {
  let at = 0;
  /** Offsets and times are far below what a number holds exactly. */
  function varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
  function bytes(): Buffer | null {
    const length = varint();
    if (length < 0) return null;
    at += length;
    return buffer.subarray(at - length, at);
  }
  function headers(): FetchedRecord["headers"] {
    const read: FetchedRecord["headers"] = {};
    for (let left = varint(); left > 0; left -= 1) {
      const length = varint();
      at += length;
      const name = buffer.toString("utf8", at - length, at);
      const value = bytes();
      // Some may have any name, and one name several times.
      const before = Object.hasOwn(read, name) ? read[name] : undefined;
      const now = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
      if (name === "__proto__") Object.defineProperty(read, name, { value: now, enumerable: true, configurable: true, writable: true });
      else read[name] = now;
    }
    return read;
  }

  const { timestampType, isControlBatch } = batchContext;
  const firstOffset = Number(batchContext.firstOffset);
  const firstTimestamp = Number(batchContext.firstTimestamp);
  let delta = 0;
  let timestamp = timestampType === 1 ? batchContext.maxTimestamp : batchContext.firstTimestamp;
  for (let left = count; left > 0; left -= 1) {
    const length = varint();
    const end = at + length;
    const attributes = buffer.readInt8(at++);
    const later = varint();
    // Most records of a batch are of one moment.
    if (later !== delta && timestampType === 0) {
      delta = later;
      timestamp = String(firstTimestamp + later);
    }
    into.push({ magicByte: MAGIC, attributes, timestamp, offset: String(firstOffset + varint()), key: bytes(), value: bytes(), headers: headers(), isControlRecord: isControlBatch, batchContext });
    at = end;
  }
}
