import type { EventMap, EventType } from "../../../core/event.js";

/**
 * How events are stored: types as numbers, data as a list of the fields that are there. Both are for ever: new types
 * get new codes and new fields new places; what is no longer written keeps its place for reading (I38).
 */
type Form<T extends EventType> = { readonly code: number; readonly fields: Readonly<Record<keyof EventMap[T] & string, number>> };

const FORMS: { readonly [T in EventType]: Form<T> } = {
  "run.admitted": { code: 1, fields: { flow: 0, hash: 1, input: 2, source: 3, lane: 4, message: 5, redrive: 6, origin: 7, parent: 8, fork: 9 } },
  "run.started": { code: 2, fields: { now: 0 } },
  "run.owned": { code: 3, fields: { worker: 0, epoch: 1 } },
  "run.parked": { code: 4, fields: { waits: 0 } },
  "run.cancel_requested": { code: 5, fields: { by: 0, reason: 1 } },
  "run.reopened": { code: 6, fields: { path: 0, by: 1 } },
  "run.finished": { code: 7, fields: { status: 0, output: 1, error: 2, usage: 3, usd: 4 } },
  "step.started": { code: 8, fields: { kind: 0, effect: 1, attempt: 2, inHash: 3, input: 4, key: 5, deadline: 6, code: 7 } },
  "step.completed": { code: 9, fields: { attempt: 0, inHash: 1, output: 2, ms: 3, undo: 4 } },
  "step.failed": { code: 10, fields: { attempt: 0, error: 1, outcome: 2, retryAt: 3 } },
  "step.verified": { code: 11, fields: { applied: 0, output: 1 } },
  "step.cancelled": { code: 12, fields: { reason: 0, outcome: 1 } },
  "step.skipped": { code: 13, fields: {} },
  "step.decided": { code: 14, fields: { what: 0, value: 1 } },
  "steps.computed": { code: 15, fields: { items: 0 } },
  "loop.advanced": { code: 16, fields: { i: 0, carried: 1 } },
  "model.started": { code: 17, fields: { attempt: 0, model: 1, reqHash: 2, reserve: 3, budget: 4 } },
  "model.completed": { code: 18, fields: { answer: 0, usage: 1, usd: 2, finish: 3 } },
  "model.failed": { code: 19, fields: { error: 0, usage: 1, usd: 2, unknown: 3, retryAt: 4 } },
  "message.emitted": { code: 20, fields: { index: 0, topic: 1, key: 2, id: 3, payload: 4, undo: 5 } },
  "timer.set": { code: 21, fields: { due: 0, why: 1 } },
  "timer.fired": { code: 22, fields: {} },
  "wait.opened": { code: 23, fields: { kind: 0, path: 1, until: 2, question: 3, show: 4, to: 5, default: 6, output: 7, signal: 8, topic: 9, key: 10, run: 11, lock: 12, holder: 13 } },
  "signal.received": { code: 24, fields: { id: 0, name: 1, from: 2, payload: 3 } },
  "incident.opened": { code: 25, fields: { kind: 0, message: 1 } },
  "incident.resolved": { code: 26, fields: { action: 0, by: 1, output: 2 } },
  "saga.compensating": { code: 27, fields: { cause: 0, cancelled: 1 } },
  "saga.finished": { code: 28, fields: { status: 0 } },
  "compensation.started": { code: 29, fields: { of: 0, key: 1, attempt: 2, cause: 3 } },
  "compensation.completed": { code: 30, fields: { of: 0 } },
  "compensation.failed": { code: 31, fields: { of: 0, error: 1, retryAt: 2 } },
  "step.dispatched": { code: 32, fields: { child: 0, flow: 1, detached: 2, queue: 3, lent: 4 } },
  "code.changed": { code: 33, fields: { file: 0, code: 1 } },
};

/** The names of a type's fields by their places. */
export interface Layout {
  readonly type: string;
  readonly code: number;
  readonly fields: readonly string[];
}

const layouts = new Map<string, Layout>();
const byCode = new Map<number, Layout>();
for (const [type, { code, fields }] of Object.entries(FORMS)) {
  const names: string[] = [];
  for (const [name, place] of Object.entries(fields)) names[place] = name;
  const layout = { type, code, fields: names };
  layouts.set(type, layout);
  byCode.set(code, layout);
}

export function layoutOf(type: EventType): Layout {
  const layout = layouts.get(type);
  if (layout === undefined) throw new Error(`events of type ${type} have no form`);
  return layout;
}

export function layoutOfCode(code: unknown): Layout {
  const layout = typeof code === "number" ? byCode.get(code) : undefined;
  if (layout === undefined) throw new Error(`the journal holds an event of the unknown type ${String(code)}`);
  return layout;
}
