const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** Ten thousand years: so much later no clock has a date. */
const LONGEST_MS = 3_650_000 * 86_400_000;

/** `200ms`, `10s`, `5m`, `24h`, `7d` and sums such as `1h30m`, in milliseconds; null when the text is no duration, or one that nobody lives to see. */
export function parseDuration(text: string): number | null {
  let total = 0;
  let at = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    const [whole, count, unit] = part;
    total += Number(count) * (UNITS[unit ?? ""] ?? Number.NaN);
    at += whole.length;
  }
  return at === text.length && at > 0 && total <= LONGEST_MS ? Math.round(total) : null;
}
