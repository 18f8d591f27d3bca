const WEEK_MS = 7 * 24 * 3_600_000;

/** Ended runs are kept so long, as messages are (I39). */
export const RUNS_MS = WEEK_MS;
/** Ids that nobody makes again are remembered so long: what a broker delivers again comes before. */
export const SPENT_MS = WEEK_MS;
/** What is told to a run that was removed, or is not admitted after so long: nobody will look at it. */
export const LOST_MS = WEEK_MS;
