import { Undecodable } from "../codec.js";

const DAY_MS = 86_400_000;
const PER_DAY: Readonly<Record<3 | 6, number>> = { 3: DAY_MS, 6: DAY_MS * 1000 };

export const dateText = (days: number): string => new Date(days * DAY_MS).toISOString().slice(0, -"T00:00:00.000Z".length);

/** Null for what is no day. */
export function dateDays(text: string): number | null {
  const days = Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  // The 31st of February is read as a day in March.
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(days) && dateText(days) === text ? days : null;
}

export function timeText(since: number, digits: 3 | 6): string {
  if (since < 0 || since >= PER_DAY[digits]) throw new Undecodable("a time of day in it is none");
  const text = timestampText(BigInt(since), digits, true);
  return text.slice(text.indexOf("T") + 1);
}

export function timeSince(text: string, digits: 3 | 6): bigint | null {
  const since = timestampSince(`1970-01-01T${text}`, digits, true);
  return since === null || since >= BigInt(PER_DAY[digits]) ? null : since;
}

/** RFC 3339 with all the digits that the unit has; a local one without a zone. */
export function timestampText(since: bigint, digits: 3 | 6 | 9, local: boolean): string {
  const unit = 10n ** BigInt(digits - 3);
  const below = ((since % unit) + unit) % unit;
  const text = new Date(Number((since - below) / unit)).toISOString().slice(0, -1);
  return text + (digits === 3 ? "" : below.toString().padStart(digits - 3, "0")) + (local ? "" : "Z");
}

/** Null for what is no time, has more digits than the unit, or is too far away for 64 bits. */
export function timestampSince(text: string, digits: 3 | 6 | 9, local: boolean): bigint | null {
  const [, day, time, fraction = "", zone] = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  if (day === undefined || dateDays(day) === null || fraction.replace(/0+$/, "").length > digits || (local && zone !== undefined)) return null;
  const seconds = Date.parse(`${day}T${time}${(zone ?? "Z").toUpperCase()}`);
  if (Number.isNaN(seconds)) return null;
  const since = BigInt(seconds / 1000) * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, "0").slice(0, digits));
  return BigInt.asIntN(64, since) === since ? since : null;
}
