import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";

/** A run's durable events by path: what memoised replay looks results up in (I5, I7, I8). */
export interface RunHistory {
  readonly lastSeq: number;
  events(path: Path): readonly RunEvent[];
}
