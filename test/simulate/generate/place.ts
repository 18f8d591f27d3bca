import type { JsonObject } from "../../../src/core/json.js";
import type { Chance } from "../chance.js";

/** Where a step stands: which steps are valid there, and what they may read. */
export interface Place {
  /** Expressions of numbers that can be read here. */
  readonly reads: readonly string[];
  /** A saga or a branch that can be cut off: what is written here says how it is undone. */
  readonly undoable: boolean;
  /** Behind a pivot: only what can be tried again. */
  readonly onward: boolean;
  /** In an undo. */
  readonly undo: boolean;
  /** In a called flow. */
  readonly called: boolean;
  /** In the list of a map or a loop. */
  readonly repeated: boolean;
  readonly depth: number;
}

/** What is shared by the whole file. */
export interface Draft {
  readonly chance: Chance;
  /** Steps of it stand on a queue; null: none. A chance of its own: what else is drawn does not change. */
  readonly queued: Chance | null;
  /** What some writes ask another flow to do; null: none. */
  readonly far: Chance | null;
  /** What is rare: time limits and catches of blocks and in undos, expressions that fail, pivots further in; null: none of it. A chance of its own too. */
  readonly rare: Chance | null;
  /** One does. */
  asks: boolean;
  /** Steps that may still be made. */
  left: number;
  ids: number;
  /** Flows that are called: plain ones, and ones that can be undone. */
  readonly calls: Set<"plain" | "undoable" | "apart">;
  /** Who has a lock waits for no other one. */
  locked: boolean;
  /** A row of a table is read: what another run puts is seen. */
  rows: boolean;
  /** Signal names. */
  signals: number;
  /** Ids of steps that wait for messages from the run's admission on. */
  readonly waits: string[];
}

export const QUEUE = "q";

/** Done by a worker, where it is no undo. */
export const onQueue = ({ queued }: Draft, place: Place): JsonObject => (queued !== null && !place.undo && queued.hit(0.5) ? { queue: QUEUE } : {});

export const newId = (draft: Draft): string => `s${(draft.ids += 1)}`;

/** A number that is known here. */
export function someNumber({ chance }: Draft, { reads }: Place): string {
  const [first, ...others] = reads;
  if (first === undefined || chance.hit(0.2)) return String(chance.below(10));
  const read = chance.pick([first, ...others]);
  return chance.hit(0.3) ? `(${read} + ${chance.below(5)}) % 100` : read;
}

/** As data: a hole keeps its type. */
export const hole = (expression: string): string => `\${${expression}}`;
