import type { RunId } from "./run-id.js";

/** What the project file says of a queue: nothing of it is part of a flow's version. */
export interface QueueBinding {
  /** Carries the tasks of all flows; absent: each flow has a topic of its own. */
  readonly topic?: string;
  /** Tasks that a worker does at once. */
  readonly concurrency?: number;
  /** Its sites. */
  readonly keys: readonly string[];
}

export type Queues = Readonly<Record<string, QueueBinding>>;

/** A queue, or one site of it. */
export interface Site {
  readonly queue: string;
  readonly key: string | null;
}

/** What may stand in a subject as one word: it is the name of a site, and no part of a longer one. */
export const SITE_KEY = /^[A-Za-z0-9_-]+$/;

export const isSiteKey = (key: string): boolean => SITE_KEY.test(key);

/** The topic of a queue's tasks, or of those of one site. */
export function taskTopic(queues: Queues, flow: string, { queue, key }: Site): string {
  const topic = queues[queue]?.topic ?? `flowctl.${flow}.task.${queue}`;
  return key === null ? topic : `${topic}.${key}`;
}

/** Names of a queue or a site, as `--only queue:` takes them. */
export const siteName = ({ queue, key }: Site): string => (key === null ? queue : `${queue}.${key}`);

export function siteOf(name: string): Site {
  const dot = name.indexOf(".");
  return dot < 0 ? { queue: name, key: null } : { queue: name.slice(0, dot), key: name.slice(dot + 1) };
}

/** The id of the message that hands a run over to a queue's workers. */
export const taskId = (of: RunId, child: RunId): string => `${of}/${child}/task`;

/** All workers of a queue are one group. */
export const taskGroup = (site: Site): string => `flowctl.task.${siteName(site)}`;

/** What a process does of its flows. */
export interface Role {
  /** Their triggers, their runs, and what these wait for. */
  readonly orchestrates: boolean;
  /** Tasks of these queues and sites; null: of all queues of its flows. */
  readonly queues: readonly Site[] | null;
}

export const EVERYTHING: Role = { orchestrates: true, queues: null };
