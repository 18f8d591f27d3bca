import { Cron } from "croner";

/** The ticks of a cron expression in a time zone. Times are ms since the epoch; nothing here asks what time it is. */
export interface Schedule {
  /** The first tick after a time; null when there is none. */
  next(after: number): number | null;
  /** The last tick at or before a time; null when there is none. */
  latest(at: number): number | null;
}

const SECOND = 1000;
/** Any time serves to see whether a schedule ever ticks: it names no year. */
const ANY_TIME = 0;
/** croner would take dates too, and tick once. */
const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/**
 * Five fields, six with seconds before them, or a nickname such as `@daily`. A time that a change of the clock leaves
 * out ticks right behind the gap where the expression names one time a day, and not at all where it names many; one
 * that comes twice ticks once, or both times.
 */
export function parseSchedule(cron: string, zone: string): Schedule {
  const job = new Cron(cron, { timezone: zone, mode: NICKNAME.test(cron) ? "auto" : "5-or-6-parts", paused: true });
  return {
    next: (after) => job.nextRun(new Date(after))?.getTime() ?? null,
    // croner's own is exclusive, and blind to parts of a second.
    latest: (at) => job.previousRuns(1, new Date(Math.floor(at / SECOND) * SECOND + SECOND))[0]?.getTime() ?? null,
  };
}

/** What is wrong with a cron expression, for people; null for a good one. */
export function scheduleProblem(cron: string): string | null {
  const text = cron.trim();
  if (!text.startsWith("@") && ![5, 6].includes(text.split(/\s+/).length)) return "it has five fields (minute, hour, day, month, weekday), or six with seconds before them";
  if (text.startsWith("@") && !NICKNAME.test(text)) return "the words are `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`";
  try {
    return parseSchedule(text, "UTC").next(ANY_TIME) === null ? "no day ever fits it" : null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, "").replace(/\.$/, "") : String(thrown);
  }
}

/** Whether there is such an IANA time zone. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export const zones = (): readonly string[] => ["UTC", ...Intl.supportedValuesOf("timeZone")];
