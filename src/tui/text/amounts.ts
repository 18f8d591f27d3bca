const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `48 ms`, `2.3 s`, `1m 05s`, `3h 12m`, `2d 04h`. */
export function duration(ms: number): string {
  if (ms < 0) return "0 ms";
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ${two((ms % MINUTE) / SECOND)}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${two((ms % HOUR) / MINUTE)}m`;
  return `${Math.floor(ms / DAY)}d ${two((ms % DAY) / HOUR)}h`;
}

/** `3s`, `5m`, `2h`, `9d`: how old something is. */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(Math.floor(ms / SECOND), 0)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** `$0.00`, `$0.000043`, `$0.0421`, `$1234.50`. */
export const dollars = (usd: number): string => `$${usd.toFixed(usd === 0 || usd >= 100 ? 2 : usd < 0.001 ? 6 : 4)}`;

export const count = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
