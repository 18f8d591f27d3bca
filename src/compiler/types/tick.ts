import { objectOf, STRING, TIMESTAMP, type Type } from "../../core/type.js";
import type { Shape } from "./expected.js";

/** `msg` of a schedule. */
export const TICK_MESSAGE: Type = objectOf({ time: TIMESTAMP });

/** The same as data: what a flow takes that says no `input`. */
export const TICK: Shape = {
  type: objectOf({ time: STRING }),
  schema: () => ({ type: "object", properties: { time: { type: "string", format: "date-time" } }, required: ["time"], additionalProperties: false }),
};
