import { StepError } from "../../core/errors.js";

/** An instant inside expressions; in data it is an RFC 3339 string. */
export class Timestamp {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  /** RFC 3339, whose years have four digits. */
  toString(): string {
    if (this.ms >= FIRST && this.ms <= LAST) return new Date(this.ms).toISOString();
    throw new StepError("expr", "the timestamp is outside the years 0000 to 9999");
  }
}
const FIRST = Date.parse("0000-01-01T00:00:00.000Z");
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A length of time inside expressions; in data it is a text such as "90s". */
export class Duration {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  toString(): string {
    return `${this.ms / 1000}s`;
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1h30m`, `-1.5s`. */
export function parseDuration(text: string): Duration {
  const [, sign, parts] = /^(-?)((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)$/.exec(text) ?? [];
  if (parts === undefined) throw new StepError("expr", `\`${text}\` is no duration such as "90s" or "1h30m"`);
  let ms = 0;
  for (const [, amount, unit] of parts.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) ms += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  return new Duration(sign === "-" ? -ms : ms);
}

/** RFC 3339: without an offset an instant would depend on the machine's own zone. */
const INSTANT = /^(\d{4}-\d\d)-(\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)([Zz]|[+-]\d\d:\d\d)$/;

export function parseTimestamp(text: string): Timestamp {
  const [, month = "", day = "", time = "", zone = ""] = INSTANT.exec(text) ?? [];
  const ms = Date.parse(`${month}-${day}T${time}${zone.toUpperCase()}`);
  // Date.parse takes the 30th of February for the 2nd of March.
  const exists = new Date(Date.parse(`${month}-${day}T00:00:00Z`)).getUTCDate() === Number(day);
  if (Number.isNaN(ms) || !exists) throw new StepError("expr", `\`${text}\` is no timestamp such as "2026-01-31T12:00:00Z"`);
  return new Timestamp(ms);
}

/** Calendar fields of an instant, by CEL's names, in UTC or in an IANA zone. */
const FIELDS: Readonly<Record<string, (at: Date) => number>> = {
  getFullYear: (at) => at.getUTCFullYear(),
  getMonth: (at) => at.getUTCMonth(),
  getDate: (at) => at.getUTCDate(),
  getDayOfMonth: (at) => at.getUTCDate() - 1,
  getDayOfWeek: (at) => at.getUTCDay(),
  getDayOfYear: (at) => Math.floor((Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (at) => at.getUTCHours(),
  getMinutes: (at) => at.getUTCMinutes(),
  getSeconds: (at) => at.getUTCSeconds(),
  getMilliseconds: (at) => at.getUTCMilliseconds(),
};
const DURATION_FIELDS: Readonly<Record<string, (ms: number) => number>> = {
  getHours: (ms) => Math.trunc(ms / 3_600_000),
  getMinutes: (ms) => Math.trunc(ms / 60_000),
  getSeconds: (ms) => Math.trunc(ms / 1000),
  getMilliseconds: (ms) => Math.trunc(ms),
};
export const TIME_FIELDS: readonly string[] = Object.keys(FIELDS);

export function timeField(name: string, value: unknown, zone: unknown): number {
  if (value instanceof Duration) return DURATION_FIELDS[name]?.(value.ms) ?? Number.NaN;
  if (!(value instanceof Timestamp)) throw new StepError("expr", `\`${name}\` needs a timestamp`);
  if (Number.isNaN(new Date(value.ms).getTime())) throw new StepError("expr", "the timestamp is out of range");
  return FIELDS[name]?.(new Date(typeof zone === "string" ? value.ms + offset(value.ms, zone) : value.ms)) ?? Number.NaN;
}

/** How far a zone is ahead of UTC at an instant, in ms. */
function offset(ms: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(ms);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - Math.floor(ms / 1000) * 1000;
}

/** Making a format costs a hundred times what using it does. There are a few hundred zones, so the cache is bounded. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    if (formats.size >= 500) formats.clear();
    formats.set(zone, made);
    return made;
  } catch (cause) {
    throw new StepError("expr", `\`${zone}\` is no time zone`, { cause });
  }
}
