import type { Site } from "../../core/queues.js";

/** What a process does of its flows. */
export interface Role {
  /** Their triggers, their runs, and what these wait for. */
  readonly orchestrates: boolean;
  /** Tasks of these queues and sites; null: of all queues of its flows. */
  readonly queues: readonly Site[] | null;
}

export const EVERYTHING: Role = { orchestrates: true, queues: null };
