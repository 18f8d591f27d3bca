import { INTEGER, objectOf, STRING, TIMESTAMP, type Type } from "../../core/type.js";

/** The type of `run` in expressions. */
export const RUN: Type = objectOf({ id: STRING, flow: STRING, version: STRING, started: TIMESTAMP, now: TIMESTAMP, depth: INTEGER });

/** `meta` of a message. */
export const META: Type = objectOf({
  key: STRING,
  headers: { kind: "object", fields: new Map(), rest: STRING },
  topic: STRING,
  timestamp: TIMESTAMP,
  id: STRING,
});
