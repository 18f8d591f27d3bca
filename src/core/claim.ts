/**
 * The header of a message whose body is stored apart (a claim check): the key of the body in the store. Empty on the way
 * to the bus: it is still to be stored.
 */
export const CLAIM = "flowctl-claim";

/** The header of a message whose stored body is base64. */
export const CLAIM_BYTES = "flowctl-claim-bytes";

/** A body that is stored apart is kept so long after it was last published: longer than brokers keep messages by default. */
export const CLAIM_MS = 30 * 24 * 3_600_000;

/** A reader of one topic gets no body of another one, whatever a header says. */
export const claimKey = (topic: string, claim: string): string => `${topic} ${claim}`;
