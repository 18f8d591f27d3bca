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
export function fieldsOfMessage({ key, headers, body }: Outgoing): { readonly names: readonly string[]; readonly values: readonly (string | Buffer)[] } {
  const names = [BODY];
  const values = [typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)];
  if (key !== null) {
    names.push(KEY);
    values.push(key);
  }
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    names.push(fieldOf(name));
    values.push(value);
  }
  return { names, values };
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
export function idOf(offset: string): string {
  const last = offset.length - 1;
  let at = offset.length - SEQ_DIGITS;
  const ms = offset.slice(0, at);
  while (at < last && offset.charCodeAt(at) === ZERO) at += 1;
  return `${ms}-${offset.slice(at)}`;
}
const ZERO = 48;

const LAST_SEQ = "18446744073709551615";
/** The greatest id below this one. */
export function idBefore(id: string): string {
  const [ms = "0", seq = "0"] = id.split("-");
  if (BigInt(seq) > 0n) return `${ms}-${BigInt(seq) - 1n}`;
  return ms === "0" ? "0-0" : `${Number(ms) - 1}-${LAST_SEQ}`;
}
