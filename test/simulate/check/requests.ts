import type { RunEvent } from "../../../src/core/event.js";
import type { InboxRow } from "../../../src/core/ports/store.js";
import type { Remains } from "../simulate.js";

/** What was said to be taken is an event of its run, once (I1, I13). */
export function* checkRequests({ person, events }: Remains): Generator<string> {
  for (const row of person.accepted.values()) {
    const list = events.get(row.run) ?? [];
    const told = list.filter((event) => event.type === "signal.received" && event.data.id === row.id && !event.data.name.startsWith("late ")).length;
    const late = list.some((event) => event.type === "signal.received" && event.data.id === row.id);
    if (told > 1) yield `${row.run}: the ${row.request.kind} ${row.id} is ${told} events (I13)`;
    if (told === 0 && !late && !list.some((event) => isAbout(event, row))) yield `${row.run}: the ${row.request.kind} ${row.id} was taken and is no event (I1)`;
  }
}

function isAbout(event: RunEvent, { request }: InboxRow): boolean {
  switch (request.kind) {
    case "cancel":
      return event.type === "run.cancel_requested";
    case "resolve":
      return event.type === "incident.resolved" && event.path === request.path;
    case "reopen":
      return event.type === "run.reopened";
    case "answer":
    case "signal":
      return false;
  }
}

/** Timers may be late and are never early by the clock, also by one that was set (I15); short waits have no event of theirs, and go by the time that passes. */
export function* checkTimers({ events, profile }: Remains): Generator<string> {
  for (const [run, list] of events) {
    const until = new Map<string, number>();
    for (const { type, path = "", at, data } of list) {
      if (type === "wait.opened" && data.until !== undefined) until.set(`timer.fired ${path}`, data.until);
      if (type === "wait.opened" && data.until !== undefined && data.kind === "timer" && profile.clock.length === 0) until.set(`step.completed ${path}`, data.until);
      const due = until.get(`${type} ${path}`) ?? 0;
      if (at < due) yield `${run}: ${path} goes on ${due - at} ms early (I15)`;
    }
  }
}
