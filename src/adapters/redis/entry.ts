import type { Delivery, Outgoing } from "../../core/ports/bus.js";
import { listOf, textOf } from "./reply.js";

/** Fields of an entry that are no headers. */
const BODY = "body";
const KEY = "key";
/** Before the name of a header that would be one of them. */
const ESCAPE = "header:";

const fieldOf = (header: string): string => (header === BODY || header === KEY || header.startsWith(ESCAPE) ? ESCAPE + header : header);
const headerOf = (field: string): string => (field.startsWith(ESCAPE) ? field.slice(ESCAPE.length) : field);

/** A message as the fields of an entry: `body`, `key`, and each header under its name. */
export function fieldsOfMessage({ key, headers, body }: Outgoing): readonly (string | Buffer)[] {
  const fields = [BODY, typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)];
  if (key !== null) fields.push(KEY, key);
  for (const [name, value] of Object.entries(headers)) fields.push(fieldOf(name), value);
  return fields;
}

/** An entry without a `body` is one that others wrote: its fields are the message, as an object of texts. */
export function deliveryOf(topic: string, id: string, fields: unknown, attempt: number): Delivery {
  const list = listOf(fields);
  const headers: Record<string, string> = {};
  let key: string | null = null;
  let body: Uint8Array | null = null;
  for (let at = 0; at < list.length; at += 2) {
    const name = textOf(list[at]);
    const value = list[at + 1];
    if (name === BODY && Buffer.isBuffer(value)) body = value;
    else if (name === KEY) key = textOf(value);
    else if (name !== "__proto__") headers[headerOf(name)] = textOf(value);
  }
  const place = { topic, partition: 0, offset: offsetOf(id), timestamp: Number(id.slice(0, id.indexOf("-"))), attempt };
  return body === null ? { ...place, key, headers: {}, body: JSON.stringify(key === null ? headers : { ...headers, key }) } : { ...place, key, headers, body };
}

/** `ms-seq` as one decimal number that grows as the ids do: a sequence number has up to 20 digits. */
const SEQ_DIGITS = 20;
const offsetOf = (id: string): string => id.slice(0, id.indexOf("-")) + id.slice(id.indexOf("-") + 1).padStart(SEQ_DIGITS, "0");
export const idOf = (offset: string): string => `${offset.slice(0, -SEQ_DIGITS)}-${offset.slice(-SEQ_DIGITS).replace(LEADING, "")}`;
const LEADING = /^0+(?=\d)/;
