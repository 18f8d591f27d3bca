import type { EventMap } from "../../../core/event.js";

/** Whether a run came of a message or a request with that key, or of a step of such a run. */
export const ofKey = ({ source, origin, parent }: EventMap["run.admitted"], key: string): boolean => (source?.key ?? (origin?.kind === "http" ? origin.key : parent?.key)) === key;
