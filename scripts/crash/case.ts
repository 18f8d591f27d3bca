import type { Json } from "../../src/core/json.js";
import type { Operator } from "../../src/core/ports/operator.js";
import type { Project } from "./project.js";

/** A message from outside. */
export interface Sent {
  readonly topic: string;
  /** What the flow dedupes by. */
  readonly id: string;
  readonly body: Json;
  /** What becomes of it: dropped by `where`, goes on, breaks its schema, or is one that was sent before. */
  readonly is: "filtered" | "run" | "poison" | "duplicate";
}

export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly wrong: boolean;
}

export const figure = (what: string, value: string, holds: boolean): Figure => ({ what, value, wrong: !holds });

/** What is served while it is killed, and what is promised of it. */
export interface CrashCase {
  /** Folder in the project's `flows` → where it is from. */
  readonly flows: Readonly<Record<string, string>>;
  /** In test/servers. */
  readonly server: string;
  workload(count: number, random: () => number): readonly Sent[];
  /** One round of what persons do beside the process; rejects when that dies meanwhile. */
  attend(operator: Operator, project: Project): Promise<void>;
  /** Runs that wait for ever, incidents apart. */
  waiting(sent: readonly Sent[]): number;
  /** Each figure that is promised, and whether it holds, when all is quiet and nobody serves. */
  verdict(project: Project, sent: readonly Sent[]): Promise<readonly Figure[]>;
}
