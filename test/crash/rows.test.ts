import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/event.js";
import { loadFlows } from "../support/runtime.js";
import { outcomeOf, problemsOf } from "./check.js";
import { drive, type Remains, type Ways } from "./drive.js";
import { type Cut, cutAt, type Point, type PortCall } from "./power.js";
import { flow, NUMBER, type Scenario } from "./scenario.js";
import { BEHAVIOUR } from "./scenarios.js";

/** One row of "crash point → outcome": where the process is cut, and what is there in the end. */
interface Row {
  readonly crash: string;
  readonly scenario: Scenario;
  readonly cuts: (calls: readonly PortCall[]) => readonly Cut[];
  readonly holds: (remains: Remains, uncut: Remains) => void;
  readonly ways?: Ways;
}

const scenario = (text: string, more: Partial<Scenario> = {}): Scenario => ({ name: "", text, behaviour: BEHAVIOUR, messages: [{ topic: "in", body: { n: 3 } }], ...more });
const WRITE = scenario(flow("- { id: a, tool: k, with: { n: 1 } }\n- { id: b, tool: k, with: { n: 2 } }"));
const NONE = scenario(flow("- { id: a, tool: none, with: { n: 1 } }\n- { id: b, tool: k, with: { n: 2 } }"));
const TOLD = scenario(flow("- { id: a, tool: told, with: { n: 1 }, on_unknown: verify }\n- { id: b, tool: k, with: { n: 2 } }"));
const READ = scenario(flow("- { id: r, tool: r, with: { n: 1 } }\n- { id: b, tool: k, with: { n: \"${steps.r.n}\" } }"));
const PURE = scenario(flow("- { emit: out, with: \"${input}\" }", "on: { topic: in, dedupe: { key: string(msg.n), ttl: 24h } }"));
const EMIT = scenario(flow("- { id: a, tool: k, with: { n: 1 } }\n- { emit: out, with: \"${steps.a}\" }"));
const AGENT = scenario(flow("- { id: a, agent: talker }", `models: { m: { provider: scripted, model: s, answers: {} } }\nagents: { talker: { model: m, instructions: hello, input: ${NUMBER} } }`), { behaviour: { ...BEHAVIOUR, models: { talker: () => "hello" } } });
const MAP = scenario(flow("- { id: all, map: { over: \"[1, 2, 3, 4, 5, 6]\", as: x, concurrency: 1, rest: finish }, do: [ { id: q, tool: k, with: { n: \"${x}\" } } ] }"));
const ANY = scenario(flow("- { id: fan, parallel: { join: any }, branches: { one: [ { id: x, tool: r, with: { n: 1 } } ], two: [ { id: y, tool: r, with: { n: 2 } } ] } }\n- { id: b, tool: k, with: { n: \"${steps.fan.all[0].n}\" } }"));
const ASK = scenario(flow(`- { id: q, ask: { question: "ok?", output: ${NUMBER} } }\n- { id: b, tool: k, with: "\${steps.q}" }`), { answers: { q: { n: 5 } } });
const TIMER = scenario(flow(`- { id: q, ask: { question: "ok?", output: ${NUMBER}, timeout: 10m, on_timeout: { n: 7 } } }\n- { id: b, tool: k, with: "\${steps.q}" }`));
const undoable = (id: string, tool = "k"): string => `{ id: ${id}, tool: ${tool}, with: { n: 1 }, compensate: { tool: u, with: { n: "\${output.n + 100}" } } }`;
const saga = (steps: string): Scenario => scenario(flow(`- id: s\n  saga: {}\n  do: [ ${steps} ]\n- { id: z, tool: k, with: { n: 9 } }`));
const UNDONE = saga(`${undoable("a")}, ${undoable("b")}, { id: fails, tool: k, with: { n: -1 }, compensate: { set: 1 } }`);
const pivot = (tool: string, more = ""): Scenario => saga(`${undoable("a")}, { id: p, tool: ${tool}, with: { n: 3 }, pivot: true${more} }, { id: w, tool: k, with: { n: 5 } }`);

const eventsOf = ({ events }: Remains): readonly RunEvent[] => [...events.values()].flat();
const timesOf = (remains: Remains, type: RunEvent["type"], path?: string): number => eventsOf(remains).filter((event) => event.type === type && (path === undefined || event.path === path)).length;
const callsOf = ({ outside }: Remains, path: string): number => [...outside.calls].reduce((sum, [name, times]) => (name.endsWith(` ${path}`) ? sum + times : sum), 0);
const publishedOf = ({ published }: Remains): string[] => published.map(({ id }) => id);
const at = (name: RegExp, point: Point, nth = 1) => (calls: readonly PortCall[]): readonly Cut[] => [cutAt(calls, name, point, nth)];

/** Intent durable, not sent · sent, no answer · answered, result not durable. */
const HIDDEN: readonly (readonly [string, ReturnType<typeof at>, sent: number])[] = [
  ["intent durable, not sent", at(/^tool.call \w+ a$/, "before"), 0],
  ["sent, no answer", at(/^tool.call \w+ a$/, "effect"), 1],
  ["answered, result not durable", at(/^store.commit step.completed/, "before"), 1],
];

const ROWS: readonly Row[] = [
  {
    crash: "before `run.admitted` durable: redelivered, admitted once",
    scenario: WRITE,
    cuts: at(/run.admitted/, "before"),
    holds: (remains) => expect(timesOf(remains, "run.admitted")).toBe(1),
  },
  {
    crash: "admitted, not acked: redelivered; conflict at seq 0; acked",
    scenario: WRITE,
    cuts: at(/run.admitted/, "effect"),
    holds(remains) {
      expect(timesOf(remains, "run.admitted")).toBe(1);
      expect(remains.calls[1]?.filter(({ name }) => name === "bus.ack in")).toHaveLength(1);
    },
  },
  { crash: "P, before publish: runs again", scenario: PURE, cuts: at(/bus.publish/, "before"), holds: (remains) => expect(publishedOf(remains)).toHaveLength(1) },
  ...([["published", at(/bus.publish/, "effect")], ["published, key not committed", at(/markSeen/, "before")]] as const).map(
    ([where, cuts]): Row => ({
      crash: `P, ${where}: runs again, same ids`,
      scenario: PURE,
      cuts,
      holds(remains) {
        expect(publishedOf(remains)).toHaveLength(2);
        expect(new Set(publishedOf(remains)).size).toBe(1);
      },
    }),
  ),
  { crash: "P, key committed, not acked: dropped, acked", scenario: PURE, cuts: at(/bus.ack/, "before"), holds: (remains) => expect(publishedOf(remains)).toHaveLength(1) },
  { crash: "write, before its intent is durable: never sent; runs", scenario: WRITE, cuts: at(/step.started/, "before"), holds: (remains) => expect([callsOf(remains, "a"), timesOf(remains, "step.started", "a")]).toEqual([1, 1]) },
  ...HIDDEN.flatMap(([where, cuts, sent]): Row[] => [
    {
      crash: `${where}: unknown → on_unknown: retry under the same key`,
      scenario: WRITE,
      cuts,
      holds(remains) {
        expect(callsOf(remains, "a")).toBe(sent + 1);
        expect(new Set(eventsOf(remains).flatMap((event) => (event.type === "step.started" && event.path === "a" ? [event.data.key] : []))).size).toBe(1);
        expect(timesOf(remains, "incident.opened")).toBe(0);
      },
    },
    {
      crash: `${where}: unknown → on_unknown: fail, an incident that a person ends`,
      scenario: NONE,
      cuts,
      holds(remains) {
        expect(timesOf(remains, "incident.opened", "a")).toBe(1);
        // The person asks the ledger: what was sent is not sent again.
        expect(callsOf(remains, "a")).toBe(1);
      },
    },
    {
      crash: `${where}: unknown → on_unknown: verify`,
      scenario: TOLD,
      cuts,
      holds(remains) {
        expect(timesOf(remains, "step.verified", "a")).toBe(1);
        expect(callsOf(remains, "a")).toBe(1);
      },
    },
  ]),
  {
    crash: "model answered, not durable: paid again, once per crash; lost cost settled at reservation",
    scenario: AGENT,
    cuts: at(/model.call/, "effect"),
    holds(remains) {
      expect(callsOf(remains, "a~1")).toBe(2);
      const events = eventsOf(remains);
      const reserved = events.flatMap((event) => (event.type === "model.started" ? [event.data.reserve.usd] : []))[0];
      const lost = events.flatMap((event) => (event.type === "model.failed" ? [event.data] : []));
      expect(lost).toMatchObject([{ unknown: true, usd: reserved }]);
      expect(timesOf(remains, "model.completed")).toBe(1);
    },
  },
  { crash: "model answer durable: not asked again", scenario: AGENT, cuts: at(/model.completed/, "effect"), holds: (remains) => expect(callsOf(remains, "a~1")).toBe(1) },
  { crash: "read answered, not durable: read again", scenario: READ, cuts: at(/^tool.call r r$/, "effect"), holds: (remains) => expect(callsOf(remains, "r")).toBe(2) },
  {
    crash: "result durable, next intent not: replay returns the result; next step runs",
    scenario: WRITE,
    // Result and next intent are one item: the end of the last one stands alone.
    cuts: at(/^store.commit step.completed/, "effect"),
    holds: (remains) => expect([callsOf(remains, "a"), callsOf(remains, "b")]).toEqual([1, 1]),
  },
  {
    crash: "map item 4 of 6: 1–3 memoised, unfinished ones as their kind says",
    scenario: MAP,
    cuts: at(/^tool.call k/, "effect", 4),
    holds: (remains) => expect([1, 2, 3, 4, 5, 6].map((_, item) => callsOf(remains, `all[${item}]/q`))).toEqual([1, 1, 1, 2, 1, 1]),
  },
  ...(["before", "effect"] as const).map(
    (point): Row => ({
      crash: `join: any, winner's completed + decided are one item (${point}): both or neither`,
      scenario: ANY,
      cuts: at(/step.decided/, point),
      holds(remains, uncut) {
        const won = uncut.calls[0]?.find(({ name }) => name.includes("step.decided"))?.name ?? "";
        expect(won).toContain("step.completed+step.decided");
        expect(eventsOf(remains).filter((event) => event.type === "step.decided" && event.path === "fan")).toHaveLength(1);
      },
    }),
  ),
  { crash: "emit committed, not published: published late", scenario: EMIT, cuts: at(/bus.publish/, "before"), holds: (remains) => expect(publishedOf(remains)).toHaveLength(1) },
  {
    crash: "emit published, not marked: published twice, same id",
    scenario: EMIT,
    cuts: at(/store.published/, "before"),
    holds(remains) {
      expect(publishedOf(remains)).toHaveLength(2);
      expect(new Set(publishedOf(remains)).size).toBe(1);
    },
  },
  {
    crash: "signal stored, not appended: delivered by the owner",
    scenario: ASK,
    cuts: at(/run.parked/, "effect"),
    ways: {
      async whileDown(store) {
        for (const { run } of await store.runs({ limit: 1, state: "parked" })) await store.putInbox({ id: "stored", run, at: 0, by: "person", request: { kind: "answer", path: "q", payload: { n: 5 } } });
      },
    },
    holds: (remains) => expect(eventsOf(remains).flatMap((event) => (event.type === "signal.received" ? [event.data.id] : []))).toEqual(["stored"]),
  },
  {
    crash: "signal stored, cut while it is appended: delivered by the owner, once",
    scenario: ASK,
    cuts: at(/signal.received/, "before"),
    holds: (remains) => expect(timesOf(remains, "signal.received")).toBe(1),
  },
  { crash: "signal appended, not acked: dropped by signal id", scenario: ASK, cuts: at(/signal.received/, "effect"), holds: (remains) => expect(timesOf(remains, "signal.received")).toBe(1) },
  {
    crash: "between last check and drop (park): the signal waits, then cold wake",
    scenario: ASK,
    cuts: at(/run.parked/, "effect"),
    holds(remains) {
      expect(timesOf(remains, "signal.received")).toBe(1);
      expect(callsOf(remains, "b")).toBe(1);
    },
  },
  {
    crash: "undo sent, no answer: repeated with the same undo key",
    scenario: UNDONE,
    cuts: at(/^tool.call u .*!undo/, "effect"),
    holds(remains) {
      const calls = [...remains.outside.calls].filter(([name]) => name.includes("b!undo"));
      expect(calls.map(([, times]) => times)).toEqual([2]);
      // By its key, so that it happened once.
      expect([...remains.outside.effects.values()].map(({ times }) => times)).toEqual([1, 1, 1, 1]);
      expect(eventsOf(remains).flatMap((event) => (event.type === "compensation.completed" ? [event.data.of] : []))).toEqual(["s/b", "s/a"]);
    },
  },
  {
    crash: "pivot sent, no answer: neither direction until it is resolved",
    scenario: pivot("none"),
    cuts: at(/^tool.call none/, "effect"),
    holds(remains) {
      const events = eventsOf(remains);
      const [opened, resolved] = [events.findIndex(({ type }) => type === "incident.opened"), events.findIndex(({ type }) => type === "incident.resolved")];
      expect(opened).toBeGreaterThan(0);
      expect(events.slice(opened, resolved).filter(({ type }) => type === "step.started" || type.startsWith("compensation."))).toEqual([]);
      expect(callsOf(remains, "s/p")).toBe(1);
      expect(timesOf(remains, "step.completed", "s/w")).toBe(1);
    },
  },
  {
    crash: "pivot sent, no answer: neither direction until it is verified",
    scenario: pivot("told", ", on_unknown: verify"),
    cuts: at(/^tool.call told/, "effect"),
    holds(remains) {
      const events = eventsOf(remains);
      const verified = events.findIndex(({ type }) => type === "step.verified");
      expect(events.slice(0, verified).some(({ type, path }) => path === "s/w" || type.startsWith("compensation."))).toBe(false);
      expect([timesOf(remains, "step.completed", "s/w"), timesOf(remains, "compensation.started")]).toEqual([1, 0]);
    },
  },
  {
    crash: "timer due while nobody owns the shard: fires at takeover",
    scenario: TIMER,
    cuts: at(/run.parked/, "effect"),
    ways: { downMs: 3_600_000 },
    holds(remains) {
      expect(timesOf(remains, "timer.fired", "q")).toBe(1);
      const [fired] = eventsOf(remains).filter(({ type }) => type === "timer.fired");
      const [set] = eventsOf(remains).filter(({ type }) => type === "wait.opened");
      expect((fired?.at ?? 0) - (set?.at ?? 0)).toBeLessThan(3_600_000 + 2_000);
    },
  },
];

describe("crash point → outcome", () => {
  for (const { crash, scenario, cuts, holds, ways } of ROWS) {
    test(crash, async () => {
      const flows = loadFlows(scenario.text);
      const uncut = await drive(scenario, flows, []);
      const [calls = []] = uncut.calls;
      const remains = await drive(scenario, flows, cuts(calls), ways);
      expect({ problems: problemsOf(remains, uncut, 1), processes: remains.calls.length, outcome: outcomeOf(remains) }).toEqual({ problems: [], processes: 2, outcome: outcomeOf(uncut) });
      holds(remains, uncut);
    });
  }

  for (const [where, cut] of [
    ["before it appends its result", at(/^store.commit step.completed/, "before")],
    ["before it sends", at(/^tool.call k a$/, "before")],
    ["before it admits", at(/run.admitted/, "before")],
    ["before it publishes", at(/bus.publish/, "before")],
  ] as const) {
    test(`owner paused ${where}, then wakes: append fenced; at most one sent effect repeats (key)`, async () => {
      const flows = loadFlows(EMIT.text);
      const uncut = await drive(EMIT, flows, []);
      const [calls = []] = uncut.calls;
      const remains = await drive(EMIT, flows, cut(calls), { paused: Promise.withResolvers<void>() });
      const outcome = outcomeOf(remains);
      expect({ ...outcome, problems: problemsOf(remains, uncut, 1).filter((problem) => !problem.includes("is called again")) }).toEqual({ ...outcomeOf(uncut), problems: [] });
      expect(callsOf(remains, "a")).toBeLessThanOrEqual(2);
    });
  }
});
