import { Undecodable } from "./codec.js";

/** Confluent's wire format: a zero, the schema's id in four bytes, the message. */
const MAGIC = 0;
const HEADER = 5;

export function framed(id: number, prefix: Uint8Array, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + prefix.length + message.length);
  bytes[0] = MAGIC;
  new DataView(bytes.buffer).setUint32(1, id);
  bytes.set(prefix, HEADER);
  bytes.set(message, HEADER + prefix.length);
  return bytes;
}

/** Throws Undecodable for what is not framed so. */
export function unframed(bytes: Uint8Array): { readonly id: number; readonly message: Uint8Array } {
  const [first] = bytes;
  if (first === undefined) throw new Undecodable("it is empty");
  if (first !== MAGIC) throw new Undecodable(`its first byte is ${first}, not the 0 that stands before a schema's id`);
  if (bytes.length < HEADER) throw new Undecodable("its bytes end in the middle of the schema's id");
  return { id: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1), message: bytes.subarray(HEADER) };
}
