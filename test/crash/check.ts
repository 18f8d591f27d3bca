import type { RunEvent } from "../../src/core/event.js";
import { type Json } from "../../src/core/json.js";
import type { Remains } from "./drive.js";

/** What must be the same whether a process died on the way or not. */
export interface Outcome {
  readonly runs: Readonly<Record<string, Json>>;
  /** By id, so that what was published twice is there once. */
  readonly messages: Readonly<Record<string, Json>>;
  readonly letters: readonly string[];
  readonly tables: Readonly<Record<string, Json>>;
  readonly answers: Readonly<Record<string, Json>>;
  readonly effects: Readonly<Record<string, Json>>;
}

/** A request that comes again is answered again, with the same: under an id of its own, for who asked keeps one of each. */
const answered = (id: string): string => id.replace(/\/reply@.*$/, "/reply");

export function outcomeOf({ rows, events, published, letters, answers, tables, outside }: Remains): Outcome {
  return {
    runs: sorted(rows.map(({ run, flow, status, waits }) => [run, { flow, status, waits: waits.map(({ path }) => path), ...endOf(events.get(run) ?? []) }])),
    messages: sorted(published.map(({ id, headers, topic, key, body }) => [answered(headers["flowctl-id"] ?? id), { topic, key, body: withoutAttempts(JSON.parse(String(body))) }])),
    letters: letters.toSorted(),
    tables,
    answers: sorted([...answers]),
    effects: sorted([...outside.effects].map(([key, { times, output }]) => [key, { times, output }])),
  };
}

const sorted = (entries: readonly (readonly [string, Json])[]): Record<string, Json> => Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

function endOf(events: readonly RunEvent[]): { readonly output: Json; readonly error: Json } {
  for (const event of events) if (event.type === "run.finished") return { output: event.data.output ?? null, error: event.data.error === undefined ? null : `${event.data.error.code} at ${event.data.error.step ?? ""}` };
  return { output: null, error: null };
}

/** A dead letter says how often its message was delivered. */
const withoutAttempts = (body: Json): Json => (body !== null && typeof body === "object" && "raw" in body ? { ...body, attempts: 0, error: null } : body);

/** What no crash may bring about, whatever the outcome. */
export function problemsOf(remains: Remains, uncut: Remains, crashes: number, spare = 0): string[] {
  const problems = [...remains.problems];
  const bodies = new Map<string, string>();
  const emitted = new Set<string>();
  for (const events of remains.events.values()) for (const event of events) if (event.type === "message.emitted") emitted.add(event.data.id);
  for (const { id, body: sent } of remains.published) {
    const body = String(sent);
    if ((bodies.get(id) ?? body) !== body && !body.includes("\"raw\"")) problems.push(`the message ${id} was published with two bodies`);
    bodies.set(id, body);
  }
  for (const id of emitted) if (!bodies.has(id)) problems.push(`the message ${id} was emitted and not published`);
  for (const [run, events] of remains.events) {
    events.forEach(({ seq }, at) => {
      if (seq !== at) problems.push(`${run}: seq ${seq} at ${at} (I2)`);
    });
    for (const path of twiceEnded(events)) problems.push(`${run}: ${path} has two ends (I9)`);
    if (events.filter(({ type }) => type === "run.finished").length > 1) problems.push(`${run}: finished twice`);
  }
  problems.push(...lanesOf(remains.log), ...locksOf(remains.log));
  for (const name of remains.locks) problems.push(`the lock ${name} is held although all runs have ended`);
  for (const [key, { times }] of remains.outside.effects) if (times > 1) problems.push(`effect ${key}: ${times} times (I21)`);
  for (const [call, times] of remains.outside.calls) {
    const allowed = (uncut.outside.calls.get(call) ?? 0) + crashes + spare;
    if (times > allowed) problems.push(`${call}: ${times} calls, ${allowed} are allowed`);
  }
  return problems;
}

/** I9: paths with more than one terminal event. */
export function twiceEnded(events: readonly RunEvent[]): string[] {
  const counts = new Map<string, number>();
  const count = (path = ""): void => void counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const event of events) {
    if (event.type === "step.completed" || event.type === "step.cancelled" || event.type === "step.skipped" || event.type === "message.emitted" || event.type === "model.completed") count(event.path);
    if (event.type === "step.failed" && event.data.retryAt === undefined) count(event.path);
    if (event.type === "steps.computed") for (const { path, taken } of event.data.items) if (taken === undefined) count(path);
  }
  return [...counts].flatMap(([path, times]) => (times > 1 ? [path] : []));
}

/** I18: one run of a lane at a time, in the order of admission. A parked run may have left its lane. */
export function lanesOf(log: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  const laneOf = new Map<string, string>();
  const waiting = new Map<string, string[]>();
  const active = new Map<string, string>();
  for (const { run, type, data } of log) {
    if (type === "run.admitted" && data.lane !== undefined) {
      laneOf.set(run, data.lane);
      waiting.set(data.lane, [...(waiting.get(data.lane) ?? []), run]);
    }
    const lane = laneOf.get(run);
    if (lane === undefined) continue;
    if (type === "run.started") {
      if (active.has(lane)) problems.push(`${run} starts while ${active.get(lane)} runs in its lane (I18)`);
      if (waiting.get(lane)?.shift() !== run) problems.push(`${run} starts out of order (I18)`);
      active.set(lane, run);
    } else if ((type === "run.finished" || type === "run.parked") && active.get(lane) === run) active.delete(lane);
  }
  return problems;
}

/** Each lock has one holder, and those that wait get it in the order in which they came. */
export function locksOf(log: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  const queues = new Map<string, string[]>();
  const nameOf = new Map<string, string>();
  const leave = (place: string): void => {
    const name = nameOf.get(place) ?? "";
    queues.set(name, (queues.get(name) ?? []).filter((one) => one !== place));
  };
  for (const { run, type, path = "", data } of log) {
    const place = `${run} ${path}`;
    if (type === "wait.opened" && data.lock !== undefined) {
      nameOf.set(place, data.lock);
      queues.set(data.lock, [...(queues.get(data.lock) ?? []), place]);
    } else if (type === "step.decided" && data.what === "lock") {
      const name = nameOf.get(place) ?? "";
      const [first] = queues.get(name) ?? [];
      if (data.value === "taken" && first !== place) problems.push(`${place} takes the lock ${name} of ${first}`);
      if (data.value === "left") leave(place);
    } else if (type === "run.finished") {
      for (const one of nameOf.keys()) if (one.startsWith(`${run} `)) leave(one);
    }
  }
  return problems;
}
