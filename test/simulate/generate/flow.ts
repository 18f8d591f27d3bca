import { stringify } from "yaml";
import type { JsonObject } from "../../../src/core/json.js";
import type { Chance } from "../chance.js";
import { type Draft, hole, newId, type Place, someNumber } from "./place.js";
import { makeSteps } from "./steps.js";
import { AGENTS, ANSWERS, ASKING, FAR_TOOL, NUMBER, POLICIES, TOOLS } from "./tools.js";

/** What the world has to know of a flow to say what its messages come to. */
export interface Trigger {
  readonly dedupe: boolean;
  readonly where: boolean;
  /** Runs of one lane begin one after the other. */
  readonly ordering: "key" | "group" | null;
  readonly release: boolean;
}

export interface Generated {
  /** The text that is compiled: one document a flow, the first of which reads the topic `in`. */
  readonly text: string;
  /** The same with another version of the first flow, where somebody deploys one; null: nobody does. */
  readonly next: string | null;
  readonly trigger: Trigger;
  /** The first flow is made to be of class P: it emits once for each message. */
  readonly pure: boolean;
  readonly signals: readonly string[];
  /** Steps that take a message of `reply` whose key is their id, a dash, and `m` of the input. */
  readonly waits: readonly string[];
  /** What a run does may depend on what another one has put. */
  readonly rows: boolean;
  /** Another flow reads what the first one emits. */
  readonly chained: "pure" | "journaled" | null;
  /** The cron expression of a flow that says each tick of it. */
  readonly ticks: string | null;
  /** A flow is started by requests. */
  readonly asked: boolean;
  /** Half of the messages come by the topic `also`, whose runs are in the same lanes. */
  readonly twice: boolean;
}

/** The flow of a schedule, and the one of requests. */
export const TICKING = "t";
export const ASKED = "h";
/** The flow that others ask by messages. */
export const ANSWERING = "s";
/** The second topic of the first flow. */
export const ALSO = "also";
/** The step of the next version alone. */
export const LATER = "later";
/** Where a tick says its time. */
export const TICKED = "ticked";

/** How long a dedupe key is known. */
export const DEDUPE_MS = 24 * 60 * 60_000;

const EXTERNAL: JsonObject = { models: { m: { provider: "scripted", model: "s", answers: {} }, other: { provider: "scripted", model: "o", answers: {} } }, agents: AGENTS, tools: TOOLS, policies: POLICIES };
/** Flows that have something of what is rare. */
const RARE = 0.3;
const ROWS: JsonObject = { rows: { value: "number" } };
const IN: JsonObject = { fields: { n: "number", g: "string", m: "string" } };

/** `queues`: of one flow in five steps stand on a queue; `far`: in one of four another flow is asked; `rare`: in one of three what stands in `Draft`. */
export function generateFlow(chance: Chance, queues: Chance, far: Chance, rare: Chance): Generated {
  const draft: Draft = { chance, queued: queues.hit(0.2) ? queues : null, far: far.hit(0.25) ? far : null, rare: rare.hit(RARE) ? rare : null, asks: false, left: chance.weigh([[3, 5], [4, 10], [2, 18]]), ids: 0, calls: new Set(), signals: 0, waits: [], locked: chance.hit(0.06), rows: false };
  const pure = chance.hit(0.08);
  const place: Place = { reads: ["input.n"], undoable: false, onward: false, undo: false, called: false, repeated: false, depth: 0 };
  const trigger: Trigger = { dedupe: chance.hit(0.35), where: chance.hit(0.3), ordering: pure ? null : chance.weigh<Trigger["ordering"]>([[3, null], [1, "key"], [1, "group"]]), release: chance.hit(0.5) };
  const { steps, reads } = pure ? pureSteps(draft) : makeSteps(draft, place, 5);
  const on: JsonObject = {
    topic: "in",
    ...(trigger.where ? { where: "msg.n >= 0" } : {}),
    ...(trigger.dedupe ? { dedupe: { key: "msg.m", ttl: `${DEDUPE_MS / 1000}s` } } : {}),
    ...(trigger.ordering === null ? {} : { ordering: { by: trigger.ordering === "key" ? "key" : "msg.g", ...(trigger.release ? { release: "parked" } : {}) } }),
    ...(chance.hit(0.3) ? { concurrency: chance.between(1, 2) } : {}),
  };
  const whole: JsonObject = !pure && chance.hit(0.1) ? { timeout: chance.pick(["1m", "20m"]) } : {};
  const caught: JsonObject = !pure && chance.hit(0.15) ? { catch: [{ on: "any", do: makeSteps(draft, { ...place, depth: 2 }, 1).steps, value: { n: 0 } }] } : {};
  const budget: JsonObject = !pure && chance.hit(0.15) ? { budget: { tokens: chance.pick([30_000, 1_000_000]), per: "day", ...(chance.hit(0.5) ? { key: "input.g" } : {}) } } : {};
  // Who has the flow's lock would wait for itself.
  const again: JsonObject | null = !pure && !draft.locked && chance.hit(0.08) ? { id: newId(draft), when: "run.depth < 1 && input.n > 2", call: "f", with: { n: hole("input.n"), g: hole("input.g"), m: hole("input.m + 'c'") }, catch: [{ on: "any", value: { n: 1 } }] } : null;
  const topics: JsonObject = {
    in: { message: IN, ...(chance.hit(0.5) ? { dlq: "in.dlq" } : {}) },
    "in.dlq": {},
    out: { message: NUMBER },
    other: { message: NUMBER },
    undone: { message: NUMBER },
    told: { message: "Question" },
    reply: { message: { fields: { k: "string", n: "number" } }, key: "msg.k" },
    ...(draft.asks ? ASKED_TOPICS : {}),
  };
  const main: JsonObject = {
    flowctl: "v1",
    flow: "f",
    topics,
    tables: ROWS,
    ...EXTERNAL,
    ...(draft.asks ? { tools: { ...TOOLS, ...FAR_TOOL } } : {}),
    on,
    ...(pure ? {} : { output: NUMBER }),
    ...(!pure && draft.locked ? { lock: "'flow'" } : {}),
    ...budget,
    ...(again === null ? {} : { limits: { depth: 2 } }),
    ...whole,
    ...caught,
    steps: again === null ? steps : [...steps, again],
    ...(pure ? {} : { value: { n: hole(someNumber(draft, { ...place, reads })) } }),
  };
  const documents: JsonObject[] = [main];
  const chained = chance.weigh<Generated["chained"]>([[3, null], [1, "journaled"], [1, "pure"]]);
  if (chained !== null) documents.push(chainedFlow(chained));
  const ticks = chance.hit(0.25) ? chance.pick(["*/10 0-9 0 * * *", "*/2 * * * *", "0 * * * *"]) : null;
  if (ticks !== null) documents.push(tickingFlow(draft, ticks));
  const asked = chance.hit(0.25);
  if (asked) documents.push(askedFlow(draft));
  if (draft.asks) documents.push(answeringFlow(far));
  for (const which of draft.calls) documents.push(calledFlow(draft, which));
  // Drawn last: flows of seeds that are known stay what they are.
  const twice = trigger.ordering !== null && queues.hit(0.4);
  if (twice) documents[0] = { ...main, topics: { ...topics, [ALSO]: topics.in ?? null }, on: [on, { ...on, topic: ALSO }], input: IN };
  const [first = main, ...others] = documents;
  const next = !pure && queues.hit(0.25) ? textOf([nextVersion(first, draft), ...others]) : null;
  return { text: textOf(documents), next, trigger, pure, signals: Array.from({ length: draft.signals }, (_, at) => `go${at + 1}`), waits: draft.waits, rows: draft.rows, chained, ticks, asked, twice };
}

const textOf = (documents: readonly JsonObject[]): string => documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n");

/** With the same trigger, and one step in the place of all, or behind them. */
function nextVersion(first: JsonObject, { chance }: Draft): JsonObject {
  const main = Object.fromEntries(Object.entries(first).filter(([key]) => !["catch", "budget", "lock"].includes(key)));
  const step = { id: LATER, tool: "k", with: { n: hole("input.n") } };
  return chance.hit(0.5) ? { ...main, steps: [step], value: { n: 0 } } : { ...main, steps: [...(Array.isArray(main["steps"]) ? main["steps"] : []), step] };
}

/** Class P: it emits once for each message. */
function pureSteps(draft: Draft): ReturnType<typeof makeSteps> {
  const { chance } = draft;
  const steps: JsonObject[] = [];
  if (chance.hit(0.5)) steps.push({ id: "a", set: hole("input.n * 2") });
  if (chance.hit(0.3)) steps.push({ id: "gate", switch: [{ when: "input.n > 3", value: { n: 1 } }, { else: { value: { n: 0 } } }] });
  steps.push({ id: "sent", emit: "out", with: { n: hole("input.n") } });
  return { steps, reads: [] };
}

/** Nothing of a message is known there. */
const CALLED: Place = { reads: ["input.n"], undoable: false, onward: false, undo: false, called: true, repeated: true, depth: 2 };

function calledFlow(draft: Draft, which: "plain" | "undoable" | "apart"): JsonObject {
  draft.left = Math.max(draft.left, 2);
  const place: Place = { ...CALLED, undoable: which === "undoable" };
  const { steps, reads } = makeSteps(draft, place, 2);
  return { flowctl: "v1", flow: which, tables: ROWS, ...EXTERNAL, topics: { out: { message: NUMBER }, other: { message: NUMBER }, undone: { message: NUMBER } }, on: { manual: {} }, input: NUMBER, output: NUMBER, steps, value: { n: hole(someNumber(draft, { ...place, reads })) } };
}

/** Of class P, or with a write behind what it says. */
function tickingFlow({ chance, ids }: Draft, cron: string): JsonObject {
  const said: JsonObject = { id: `s${ids}tick`, emit: TICKED, with: { time: hole("input.time") } };
  return { flowctl: "v1", flow: TICKING, topics: { [TICKED]: { message: { fields: { time: "string" } } } }, ...EXTERNAL, on: { schedule: cron }, steps: [said, ...(chance.hit(0.6) ? [{ id: `s${ids}ticked`, tool: chance.pick(["k", "h", "none"]), with: { n: 1 } }] : [])] };
}

/** Its value is what a request is answered. */
function askedFlow(draft: Draft): JsonObject {
  draft.left = Math.max(draft.left, 3);
  const { steps, reads } = makeSteps(draft, { ...CALLED, undoable: false }, 3);
  return { flowctl: "v1", flow: ASKED, tables: ROWS, ...EXTERNAL, topics: { out: { message: NUMBER }, other: { message: NUMBER }, undone: { message: NUMBER } }, on: { http: { method: "POST", path: "/do" } }, input: NUMBER, output: NUMBER, steps, value: { n: hole(someNumber(draft, { ...CALLED, reads })) } };
}

const ASKED_TOPICS: JsonObject = { [ASKING]: { message: NUMBER }, [ANSWERS]: { message: NUMBER } };

/** Does what it is asked for, or says no. */
function answeringFlow(far: Chance): JsonObject {
  const write: JsonObject = { id: "answered", tool: far.pick(["q", "h", "none"]), with: { n: hole("input.n") }, ...(far.hit(0.5) ? { catch: [{ on: "any", value: { n: 0 } }] } : {}) };
  return { flowctl: "v1", flow: ANSWERING, topics: ASKED_TOPICS, ...EXTERNAL, on: { topic: ASKING, reply: ANSWERS }, steps: [{ id: "refused", when: "input.n > 8", fail: { code: "own", message: "no" } }, write], value: { n: hole("input.n + 1") } };
}

function chainedFlow(kind: "pure" | "journaled"): JsonObject {
  const steps: JsonObject[] = [...(kind === "journaled" ? [{ id: "k", tool: "k", with: { n: hole("input.n") } }] : []), { id: "on", emit: "end", with: { n: hole("input.n") } }];
  return { flowctl: "v1", flow: "g", topics: { out: { message: NUMBER }, end: { message: NUMBER } }, ...EXTERNAL, on: { topic: "out" }, steps };
}
