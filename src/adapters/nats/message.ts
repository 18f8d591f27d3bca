import { headers as newHeaders, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import { messageOf } from "../../core/message-of.js";
import type { Delivery, Outgoing } from "../../core/ports/bus.js";
import { REDRIVE } from "../../core/redrive-headers.js";

/** NATS has no keys of messages. */
const KEY = "flowctl-key";

export interface Received {
  readonly delivery: Delivery;
  /** Where it is acknowledged. */
  readonly reply: string;
  readonly seq: number;
  /** Which delivery of its consumer it was. */
  readonly consumerSeq: number;
}

/** A message as a pull consumer sends it; null: it is none. */
export function received(msg: Msg): Received | null {
  const { reply } = msg;
  const place = reply === undefined ? null : placeOf(reply);
  if (reply === undefined || place === null) return null;
  return { reply, seq: place.seq, consumerSeq: place.consumerSeq, delivery: { ...readOf(msg), offset: String(place.seq), timestamp: place.timestamp, body: msg.data, attempt: place.attempt } };
}

/** A server stores headers that its client does not read, as one with a space in its name: the message is poison, and nothing else. */
function readOf(msg: Msg): Pick<Delivery, "topic" | "partition" | "key" | "headers" | "content"> {
  try {
    return contentOf(msg.subject, msg.headers);
  } catch (thrown) {
    return { ...contentOf(msg.subject, undefined), content: { is: "problem", problem: `its headers cannot be read: ${messageOf(thrown)}` } };
  }
}

/** What a stored message says of itself. */
export function contentOf(topic: string, hdrs: MsgHdrs | undefined): Pick<Delivery, "topic" | "partition" | "key" | "headers"> {
  const headers: Record<string, string> = {};
  let key: string | null = null;
  for (const name of hdrs?.keys() ?? []) {
    const value = hdrs?.last(name) ?? "";
    if (name === KEY) key = unescaped(value);
    else if (!name.startsWith("Nats-") && name !== "__proto__") headers[name] = readBack(name, value);
  }
  return { topic, partition: 0, key, headers };
}

/** `$JS.ACK.<stream>.<consumer>.<attempt>.<seq>.<consumer seq>.<ns>.<pending>`, in newer servers with domain and account before the stream. */
function placeOf(reply: string): { readonly attempt: number; readonly seq: number; readonly consumerSeq: number; readonly timestamp: number } | null {
  if (!reply.startsWith("$JS.ACK.")) return null;
  const dots: number[] = [];
  for (let at = reply.indexOf("."); at >= 0; at = reply.indexOf(".", at + 1)) dots.push(at);
  if (dots.length < 8) return null;
  const [attempt = 0, seq = 0, consumerSeq = 0, nanos = 0, end = 0] = dots.slice(dots.length > 8 ? 5 : 3);
  return { attempt: Number(reply.slice(attempt + 1, seq)), seq: Number(reply.slice(seq + 1, consumerSeq)), consumerSeq: Number(reply.slice(consumerSeq + 1, nanos)), timestamp: Number(reply.slice(nanos + 1, end - 6)) };
}

export function headersOf({ topic, key, id, headers }: Outgoing): MsgHdrs {
  const hdrs = newHeaders();
  for (const [name, value] of Object.entries(headers)) hdrs.set(name, written(name, value));
  if (key !== null) hdrs.set(KEY, escaped(key));
  // A redrive keeps its id and is another message; so is one of another topic, of which a stream may have several.
  const redrive = headers[REDRIVE];
  if (id !== "") hdrs.set("Nats-Msg-Id", `${topic} ${escaped(id)}${redrive === undefined ? "" : `#${escaped(redrive)}`}`);
  return hdrs;
}

/** A header is one line, and loses the spaces around it. What others put into theirs is theirs. */
const written = (name: string, value: string): string => (isOurs(name) ? escaped(value) : value.toWellFormed().replaceAll(/\p{Cc}/gu, " "));
const readBack = (name: string, value: string): string => (isOurs(name) ? unescaped(value) : value);
const isOurs = (name: string): boolean => name.startsWith("flowctl-");

const escaped = (text: string): string => text.toWellFormed().replaceAll(/%(?=[0-9A-F]{2})|\p{Cc}|^\s+|\s+$/gu, (part) => [...part].map(code).join(""));
/** A control sign is one byte in what is stored already; any other is its bytes in UTF-8. */
const code = (sign: string): string => (/[\p{Cc}% ]/u.test(sign) ? `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}` : encodeURIComponent(sign));

/** The signs of one byte, and the spaces that the client takes from both ends as it does plain ones. */
const CODES = /%(?:25|20|7F|[0189][0-9A-F]|C2%A0|E1%9A%80|E2%80%(?:8[0-9A]|A[89F])|E2%81%9F|E3%80%80|EF%BB%BF)/g;
const unescaped = (text: string): string => (text.includes("%") ? text.replaceAll(CODES, (part) => (part.length > 3 ? decodeURIComponent(part) : String.fromCharCode(Number.parseInt(part.slice(1), 16)))) : text);

/** Headers included, a little more than it is. */
export function sizeOf({ topic, key, id, headers, body }: Outgoing): number {
  let size = Buffer.byteLength(body) + Buffer.byteLength(key ?? "") + id.length + 2 * topic.length + 64;
  for (const [name, value] of Object.entries(headers)) size += name.length + Buffer.byteLength(value) + 4;
  return size;
}

/** A half of a surrogate pair has no place in UTF-8. */
export const wellFormed = (body: string | Uint8Array): string | Uint8Array => (typeof body === "string" ? body.toWellFormed() : body);
