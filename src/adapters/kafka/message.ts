import { SCHEMA_ID } from "../../core/format/schema-id.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { HeaderValue, StoredRecord } from "./driver.js";

/** A record as a group gets it for the first time; Kafka counts no deliveries. */
export const deliveryOf = (topic: string, partition: number, { offset, key, value, headers, timestamp }: StoredRecord): Delivery => ({
  topic,
  partition,
  offset,
  key: key === null ? null : textOf(key),
  headers: headers === undefined ? NONE : headersOf(headers),
  timestamp: Number(timestamp),
  // A record without a value is what compaction deletes by: as JSON it is null.
  body: value ?? "null",
  attempt: 1,
});
const NONE = {};

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

function headersOf(headers: NonNullable<StoredRecord["headers"]>): Delivery["headers"] {
  const read: Record<string, string> = {};
  for (const name in headers) {
    const value = lastOf(headers[name]);
    // One without a value says nothing.
    if (value !== null && name !== "__proto__") read[name] = name === SCHEMA_ID ? Buffer.from(value).toString("hex") : typeof value === "string" ? value : textOf(value);
  }
  return read;
}

/** Of a header that stands there several times, the last one. */
const lastOf = (value: HeaderValue | undefined): Uint8Array | string | null => (typeof value === "string" || value instanceof Uint8Array ? value : (value?.at(-1) ?? null));
