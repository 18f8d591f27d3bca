import type { Position } from "../driver.js";

interface Stored {
  readonly offset: string;
  /** What the broker keeps beside the number, and gives back. */
  readonly metadata: string | null;
}

/** The number stands in the note too: a tool that moves a group, or takes it to another cluster, may leave an old note beside a new number. */
export const storedOf = ({ offset, last }: Position): Stored => ({ offset: String(offset), metadata: last === null ? null : `flowctl ${offset} ${last.offset} ${last.timestamp}` });

export function positionOf({ offset: text, metadata }: Stored): Position {
  const offset = Number(text);
  const [, of, last, timestamp] = /^flowctl (\d+) (\d+) (\d+)$/.exec(metadata ?? "") ?? [];
  return { offset, last: of === text ? { offset: Number(last), timestamp: Number(timestamp) } : null };
}
