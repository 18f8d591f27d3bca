/**
 * Milliseconds to wait, from `Retry-After` (RFC 9110: seconds or a date) or `Retry-After-Ms` (OpenAI), which is finer.
 * Null where neither says anything.
 */
export function retryAfterMs(ms: string | null, after: string | null): number | null {
  const exact = numberOf(ms);
  if (exact !== null) return exact;
  const seconds = numberOf(after);
  if (seconds !== null) return seconds * 1000;
  const date = after === null ? Number.NaN : Date.parse(after);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

const numberOf = (text: string | null): number | null => (text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null);
