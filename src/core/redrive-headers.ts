/** Header of a message that is sent again: how many times that was done (I17). It keeps its id, and is another message. */
export const REDRIVE = "flowctl-redrive";

/** And the flow whose run failed, or that could not read it. Every other one drops it. */
export const REDRIVE_TO = "flowctl-redrive-to";

/** And the last run that it made, where there was one: a key whose time is over makes runs that only differ by their number (I17). */
export const REDRIVE_OF = "flowctl-redrive-of";
