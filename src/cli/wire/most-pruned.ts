/** Runs that one call of an operator removes: it is answered before its caller loses patience. */
export const MOST_PRUNED = 5000;
