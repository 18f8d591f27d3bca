import { Undecodable } from "../codec.js";

/**
 * The unscaled number, big-endian in two's complement, as text with all its digits: `-12.50`. To make digits of many
 * bytes takes their square: those that no such decimal needs are not looked at.
 */
export function decimalText(bytes: Buffer, { precision, scale }: Digits): string {
  const fill = (bytes[0] ?? 0) >= 0x80 ? 0xff : 0;
  const most = Math.ceil((precision * Math.log2(10)) / 8) + 1;
  let from = 0;
  while (bytes.length - from > most && bytes[from] === fill) from += 1;
  if (bytes.length - from > most) throw new Undecodable(`a decimal in it has more than ${precision} digits`);
  let unscaled = fill === 0 ? 0n : -1n;
  for (const byte of bytes.subarray(from)) unscaled = (unscaled << 8n) | BigInt(byte);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

interface Digits {
  readonly precision: number;
  readonly scale: number;
}

/** Null for what is no decimal of so many digits, or has no place in `size` bytes. */
export function decimalBytes(text: string, { precision, scale, size }: Digits & { readonly size: number | null }): Buffer | null {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "" || fraction.length > scale) return null;
  const digits = (whole + fraction.padEnd(scale, "0")).replace(/^0+/, "");
  if (digits.length > precision) return null;
  const magnitude = BigInt(digits);
  const value = sign === "-" ? -magnitude : magnitude;
  const length = size ?? lengthOf(value);
  if (BigInt.asIntN(length * 8, value) !== value) return null;
  const bytes = Buffer.alloc(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The fewest bytes, with room for the sign. */
function lengthOf(value: bigint): number {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  return length;
}
