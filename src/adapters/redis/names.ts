/** Keys of flowctl's own. A topic is the stream of the same name. */
export const MEMBERS = "flowctl:member:";
export const memberKey = (consumer: string): string => `${MEMBERS}${consumer}`;
export const leaseKey = (topic: string, group: string): string => `flowctl:lease:${topic.length}:${topic}:${group}`;
/** Sets of ids that were published lately: behind it the minute and the stream. */
export const IDS = "flowctl:id:";
/** A hash: how long `topics apply` said that a topic is kept, ms; 0: for ever. */
export const KEPT = "flowctl:kept";
