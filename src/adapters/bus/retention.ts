/** Kept for 7 days and until every group has read it. */
export const RETENTION_MS = 7 * 24 * 3_600_000;
