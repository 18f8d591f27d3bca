/** The unscaled number, big-endian in two's complement, as text with all its digits: `-12.50`. */
export function decimalText(bytes: Buffer, scale: number): string {
  let unscaled = 0n;
  for (const byte of bytes) unscaled = (unscaled << 8n) | BigInt(byte);
  if (bytes.length > 0) unscaled = BigInt.asIntN(bytes.length * 8, unscaled);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Null for what is no decimal of that scale, or has no place in `size` bytes. */
export function decimalBytes(text: string, scale: number, size: number | null): Buffer | null {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "" || fraction.length > scale) return null;
  const magnitude = BigInt(whole + fraction.padEnd(scale, "0"));
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
