const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `340 ms`, `12s`, `4m10s`, `3h05m`, `2d04h`: two units at most. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(Math.round(ms), 0)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m${two(Math.floor((ms % MINUTE) / SECOND))}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h${two(Math.floor((ms % HOUR) / MINUTE))}m`;
  return `${Math.floor(ms / DAY)}d${two(Math.floor((ms % DAY) / HOUR))}h`;
}

/** Before or after now, in one unit: `12s ago`, `in 3h`. */
export function relativeTime(at: number, now: number): string {
  const away = Math.abs(at - now);
  if (away < SECOND) return "now";
  const [unit, name] = away < MINUTE ? [SECOND, "s"] : away < HOUR ? [MINUTE, "m"] : away < DAY ? [HOUR, "h"] : [DAY, "d"];
  const text = `${Math.floor(away / unit)}${name}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** To the millisecond, UTC: what can be searched for in other logs. */
export const timestamp = (at: number): string => new Date(at).toISOString();

const two = (value: number): string => String(value).padStart(2, "0");
