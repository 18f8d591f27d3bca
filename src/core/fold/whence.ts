import type { MessageSource, Origin } from "../event.js";

/** Where a run came from, in words. */
export function whence(source: MessageSource | null, origin: Origin | null): string {
  if (source !== null) return `${source.topic}/${source.partition}/${source.offset}${source.key === null ? "" : `, key ${source.key}`}`;
  if (origin === null) return "started by hand";
  if (origin.kind === "http") return `${origin.method} ${origin.path}${origin.key === null ? "" : `, key ${origin.key}`}`;
  return `the schedule ${origin.cron} (${origin.zone}), tick ${new Date(origin.time).toISOString()}`;
}
