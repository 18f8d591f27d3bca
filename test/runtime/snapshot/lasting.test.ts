import { expect, test } from "vitest";
import type { EventMap, EventType, RunEvent } from "../../../src/core/event.js";
import { NOTHING_SPENT } from "../../../src/runtime/run/history.js";
import { lastingOf } from "../../../src/runtime/snapshot/lasting.js";

function journal(...events: readonly (readonly [EventType, string | null, object?])[]): readonly RunEvent[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of each event as its fold looks at
  return events.map(([type, path, data = {}], seq) => ({ type, run: "r", seq, at: seq, ...(path === null ? {} : { path }), data: { ...DEFAULTS[type], ...data } })) as unknown as readonly RunEvent[];
}
const DEFAULTS: { readonly [T in EventType]?: Partial<EventMap[T]> } = { "step.started": { kind: "tool", effect: "write", attempt: 1, inHash: "h" }, "step.completed": { attempt: 1, ms: 1 }, "step.failed": { attempt: 1, outcome: "not_applied", error: { code: "no", message: "" } } };

/** What is left, as `seq type path`. */
const left = (events: readonly RunEvent[]): readonly string[] => (lastingOf({ events, spent: NOTHING_SPENT })?.events ?? []).map(({ seq, type, path = "" }) => `${seq} ${type} ${path}`);

const tool = (path: string) => [["step.started", path], ["step.completed", path]] as const;
const advanced = (path: string, i: number) => ["loop.advanced", path, { i, carried: { state: i, done: false } }] as const;

test("passes that are done go, the one under way stays", () => {
  const events = journal(["run.admitted", null], ["step.started", "fold", { kind: "loop" }], ...tool("fold#0/a"), ...tool("fold#0/b"), advanced("fold", 0), ...tool("fold#1/a"), ...tool("fold#10/a"), advanced("fold", 1), ...tool("fold#2/a"), ["step.started", "fold#2/b"]);
  expect(left(events)).toEqual(["0 run.admitted ", "1 step.started fold", "9 step.started fold#10/a", "10 step.completed fold#10/a", "11 loop.advanced fold", "12 step.started fold#2/a", "13 step.completed fold#2/a", "14 step.started fold#2/b"]);
});

test("a composite that has ended keeps its end alone; one that failed keeps all, for its catch lies below it too", () => {
  const ended = journal(["run.admitted", null], ["step.started", "m", { kind: "map" }], ...tool("m[0]/a"), ["step.completed", "m"], ["run.started", null]);
  expect(left(ended)).toEqual(["0 run.admitted ", "1 step.started m", "4 step.completed m", "5 run.started "]);
  const failed = journal(["run.admitted", null], ["step.started", "m", { kind: "map" }], ...tool("m[0]/a"), ["step.failed", "m"], ["run.started", null]);
  expect(left(failed)).toHaveLength(6);
});

test("an agent keeps its calls, for they say what it has cost; in a pass that is done they are a sum", () => {
  const calls = (at: string) => [["step.started", at, { kind: "agent", effect: "model" }], ["model.started", `${at}~1`], ["model.completed", `${at}~1`, { usage: { in: 3, out: 4 }, usd: 0.5 }], ["step.completed", at]] as const;
  const events = journal(["run.admitted", null], ...calls("think"), ["step.started", "l", { kind: "loop" }], ...calls("l#0/think"), advanced("l", 0), ["run.started", null]);
  const lasting = lastingOf({ events, spent: NOTHING_SPENT });
  expect(lasting?.spent).toMatchObject({ in: 3, out: 4, usd: 0.5 });
  expect(left(events).filter((one) => one.includes("think"))).toEqual(["1 step.started think", "2 model.started think~1", "3 model.completed think~1", "4 step.completed think"]);
});

test("I29: what can still be undone stays, until its outermost saga is over", () => {
  const undo = { block: "b", scope: {}, key: "k", within: ["s"] };
  const open = [["run.admitted", null], ["step.started", "s", { kind: "saga" }], ["step.started", "s/l", { kind: "loop" }], ["step.started", "s/l#0/pay"], ["step.completed", "s/l#0/pay", { undo }], advanced("s/l", 0), ["compensation.started", "s/l#0/pay!undo"]] as const;
  expect(left(journal(...open, ["run.started", null]))).toEqual(expect.arrayContaining(["4 step.completed s/l#0/pay", "6 compensation.started s/l#0/pay!undo"]));
  expect(left(journal(...open.slice(0, -1), ["step.completed", "s"], ["run.started", null]))).toEqual(["0 run.admitted ", "1 step.started s", "6 step.completed s", "7 run.started "]);
});

test("I9: what an undo has done stays, though what it undoes stands in something that is over", () => {
  const undo = { block: "b", scope: {}, key: "k", within: ["s", "s/p|0"] };
  const done = [["run.admitted", null], ["step.started", "s", { kind: "saga" }], ["step.started", "s/p", { kind: "parallel" }], ["step.started", "s/p/pay"], ["step.completed", "s/p/pay", { undo }], ["step.completed", "s/p"], ["saga.compensating", "s"]] as const;
  const undone = [["compensation.started", "s/p/pay!undo"], ...tool("s/p/pay!undo/back"), ["step.decided", "s/p/pay!undo/both", { what: "join", value: { won: [0] } }], ["steps.computed", null, { items: [{ path: "s/p/pay!undo/sum", output: 1 }, { path: "s/p/sum", output: 1 }] }], ["step.started", "s/p/pay!undo/told"]] as const;
  const lasting = lastingOf({ events: journal(...done, ...undone), spent: NOTHING_SPENT })?.events ?? [];
  expect(lasting.filter(({ seq }) => seq > 6).map(({ type }) => type)).toEqual(undone.map(([type]) => type));
  expect(lasting.find(({ type }) => type === "steps.computed")?.data).toEqual({ items: [{ path: "s/p/pay!undo/sum", output: 1 }] });
});

test("whatever is open stays, wherever it stands: a write, an incident, an ask, a lock, what a budget holds back", () => {
  const inside = [["step.started", "p/write"], ["incident.opened", "p/stuck"], ["wait.opened", "p/ok", { kind: "ask" }], ["wait.opened", "p/x!lock", { kind: "lock", lock: "a" }], ["model.started", "p/agent~1", { budget: '["f",null,null]', reserve: { tokens: 1, usd: 1 } }]] as const;
  const events = journal(["run.admitted", null], ["step.started", "p", { kind: "parallel" }], ...inside, ["step.started", "p/read", { effect: "read" }], ["step.completed", "p"], ["run.started", null]);
  expect(left(events)).toHaveLength(events.length - 1);
});

test("I13: a signal that a done pass has taken is known by its id, without what it said", () => {
  const signal = (id: string) => ["signal.received", null, { id, name: "go", from: "me", payload: "much" }] as const;
  const events = journal(["run.admitted", null], signal("a"), signal("b"), ["step.decided", "l#0/w", { what: "signal", value: "a" }], advanced("l", 0), ["run.started", null]);
  const kept = lastingOf({ events, spent: NOTHING_SPENT })?.events ?? [];
  expect(kept.flatMap(({ type, data }) => (type === "signal.received" ? [[data.id, data.payload]] : []))).toEqual([["a", null], ["b", "much"]]);
});

test("what a rest is still doing stays, with all around it; the last event always does", () => {
  const rest = [["step.started", "l", { kind: "loop" }], ["step.started", "l#0/p", { kind: "parallel" }], ...tool("l#0/p/a"), ["step.decided", "l#0/p", { what: "join", value: { won: [0], rest: [1], begun: 2 } }], ["step.completed", "l#0/p"], advanced("l", 0)] as const;
  expect(left(journal(["run.admitted", null], ...rest, ["run.started", null]))).toHaveLength(9);
  expect(left(journal(["run.admitted", null], ...rest, ["step.decided", "l#0/p", { what: "rest", value: "finished" }], ["run.started", null]))).toEqual(["0 run.admitted ", "1 step.started l", "7 loop.advanced l", "9 run.started "]);
  expect(left(journal(["run.admitted", null], advanced("l", 3), ["step.failed", "l#1/late"])).at(-1)).toBe("2 step.failed l#1/late");
});

test("I6: of a failed run that went on there is none", () => {
  expect(lastingOf({ events: journal(["run.admitted", null], ["run.reopened", null, { path: "a", by: "me" }]), spent: NOTHING_SPENT })).toBeNull();
});
