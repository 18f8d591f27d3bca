import { createMemoryBus } from "../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { runGraph } from "../../src/compiler/run-graph.js";
import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import { isChild } from "../../src/core/plan/child-plan.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { Bus, Outgoing, Subscription } from "../../src/core/ports/bus.js";
import type { InboxRow, RunRow, Store } from "../../src/core/ports/store.js";
import { type RunId, SHARDS } from "../../src/core/run-id.js";
import type { Role } from "../../src/core/queues.js";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.js";
import type { Summary } from "../../src/runtime/stats.js";
import type { LoadedFlow } from "../../src/runtime/world.js";
import { seededRandom } from "../support/seeded-random.js";
import { virtualClock, type VirtualClock } from "../support/virtual-clock.js";
import { createCallers, type Callers } from "./callers.js";
import { cutPorts } from "./cut-ports.js";
import { createFaulty, type Fault } from "./faults.js";
import { createOutside, type Outside } from "./outside.js";
import { createPower, type Cut, type PortCall, type Power } from "./power.js";
import type { Scenario } from "./scenario.js";

/** Everything, but for a queue `nobody`. */
const ROLE: Role = { orchestrates: true, queues: [{ queue: "far", key: null }] };

/** What is left when all is quiet. */
export interface Remains {
  readonly rows: readonly RunRow[];
  readonly events: ReadonlyMap<RunId, readonly RunEvent[]>;
  /** Of all runs, in the order in which they became durable. */
  readonly log: readonly RunEvent[];
  /** In the order in which the bus took them. */
  readonly published: readonly Outgoing[];
  readonly letters: readonly string[];
  /** Of requests, by key. */
  readonly answers: ReadonlyMap<string, Json>;
  /** Rows of tables: `table key`. */
  readonly tables: Readonly<Record<string, Json>>;
  /** Locks that somebody has. */
  readonly locks: readonly string[];
  readonly outside: Outside;
  /** Port calls of each process object. */
  readonly calls: readonly (readonly PortCall[])[];
  readonly problems: readonly string[];
  /** Why process objects ended by themselves. */
  readonly ends: readonly End[];
  /** What the last process counted. */
  readonly stats: Summary;
}

interface End {
  readonly cause: unknown;
  readonly starting: boolean;
}

interface Process {
  readonly power: Power;
  readonly runtime: Runtime;
  end: End | null;
  started: boolean;
  /** Somebody waits for it to be idle. */
  watched: boolean;
}

/** How long a process is down. */
const DOWN_MS = 500;
const ROUNDS = 600;
const LONGEST_STEP_MS = 60_000;

export interface Ways {
  readonly downMs?: number;
  /** What others do to the store meanwhile. */
  readonly whileDown?: (store: Store) => Promise<void>;
  /** Not cut but paused there, until the next process is quiet: a zombie (I16). */
  readonly paused?: PromiseWithResolvers<void> | null;
  /** Port calls of the first process that reject while it lives on. */
  readonly faults?: readonly Fault[];
  /** The snapshot that the store has of a journal: it is asked for whenever one is read. */
  readonly snapshotOf?: (events: readonly RunEvent[]) => string | null;
}

/** Runs a scenario to its end; the n-th process object is cut at `cuts[n]`, and a new one starts on what survives. */
export async function drive(scenario: Scenario, flows: readonly LoadedFlow[], cuts: readonly Cut[], { downMs = DOWN_MS, whileDown, paused = null, faults, snapshotOf }: Ways = {}): Promise<Remains> {
  const clock = virtualClock();
  const events = new Map<RunId, RunEvent[]>();
  const log: RunEvent[] = [];
  const remembered = remembering(createMemoryStore(), events, log);
  const store: Store = snapshotOf === undefined ? remembered : { ...remembered, snapshot: async (run) => snapshotOf(events.get(run) ?? []) };
  const published: Outgoing[] = [];
  const { bus, leave, lag } = watched(createMemoryBus(clock), published);
  const outside = createOutside(scenario.behaviour, clock, (run) => events.get(run) ?? []);
  const callers = createCallers(scenario.requests ?? [], clock);
  const problems: string[] = [];
  const processes: Process[] = [];

  const start = (): Process => {
    const nth = processes.length;
    const power = faults === undefined ? createPower(cuts[nth] ?? null, leave, nth === 0 ? paused : null) : createFaulty(nth === 0 ? faults : [], clock);
    const ports = { clock, random: seededRandom(nth + 1), store, bus, model: async (_: unknown, name: string) => outside.model(name), tool: async (plan: LoadedFlow["plan"], name: string) => outside.tool(plan, name), http: callers.http(power), price: () => ({ in: 1, out: 1 }), observer: { pure: false, event: () => undefined } };
    const runtime = createRuntime({ flows, ports: cutPorts(ports, power), graphOf: (plan) => graphOf(flows, plan), role: ROLE, ...(snapshotOf === undefined ? {} : { snapshotEvery: 1 }) });
    const made: Process = { power, runtime, end: null, started: false, watched: true };
    const ended = (cause: unknown, starting: boolean): void => void (made.end ??= { cause, starting });
    runtime.broken.catch((thrown: unknown) => ended(thrown, false));
    const starting = async (): Promise<void> => {
      try {
        await runtime.start();
        made.started = true;
        made.watched = faults === undefined;
      } catch (thrown) {
        if (faults === undefined) problems.push(`start: ${String(thrown)}`);
        else ended(thrown, true);
      }
    };
    void starting();
    processes.push(made);
    return made;
  };

  await bus.publish(scenario.messages.map(({ topic, body, key = null, id }, at): Outgoing => ({ topic, key, id: id ?? `m${at}`, headers: id === undefined ? {} : { "flowctl-id": id }, body: JSON.stringify(body) })));
  published.length = 0;
  let process = start();
  let step = 10;
  let quiet = 0;
  const person = createPerson(scenario, store, events, outside);
  for (let round = 0; quiet < 3; round += 1) {
    if (round === ROUNDS) {
      problems.push(`never quiet: ${JSON.stringify(await leftOver(store, outside, lag, callers))}`);
      break;
    }
    await clock.advance(step);
    if (process.power.isCut()) {
      if (paused !== null) leave();
      await whileDown?.(store);
      await clock.advance(downMs);
      process = start();
      step = 10;
      quiet = 0;
      continue;
    }
    if (faults !== undefined && process.end !== null) {
      await close(process, clock, problems);
      process.power.off();
      leave();
      process = start();
      step = 10;
      quiet = 0;
      continue;
    }
    watch(process, problems);
    const asked = await person.look(process.runtime, processes.length);
    quiet = process.started && !asked && (await leftOver(store, outside, lag, callers)) === null ? quiet + 1 : 0;
    step = Math.min(step * 1.5, LONGEST_STEP_MS);
  }
  // What is tried again in vain waits so long at most.
  await whyBroken(process, clock, faults === undefined ? 200 : 100_000, problems);
  const stats = process.runtime.stats();
  if (faults !== undefined) await close(process, clock, problems);
  if (paused !== null) {
    paused.resolve();
    await clock.advance(LONGEST_STEP_MS);
  }
  for (const { power } of processes) power.off();
  const rows = await store.runs({ limit: 10_000 });
  const letters = (await store.deadLetters({ limit: 10_000 })).map(({ id }) => id);
  return { rows, events, log, published, letters, tables: await tablesOf(store, clock.now()), locks: await locksOf(store, log), outside, calls: processes.map(({ power }) => [...power.calls]), answers: callers.answers, problems: [...problems, ...outside.problems, ...callers.problems], ends: processes.flatMap(({ end }) => end ?? []), stats };
}

async function locksOf(store: Store, log: readonly RunEvent[]): Promise<string[]> {
  const names = new Set(log.flatMap(({ type, data }) => (type === "wait.opened" && data.lock !== undefined ? [data.lock] : [])));
  const held: string[] = [];
  for (const name of names) if ((await store.lockHead(name)) !== null) held.push(name);
  return held;
}

async function tablesOf(store: Store, now: number): Promise<Record<string, Json>> {
  const found: Record<string, Json> = {};
  for (const { table } of await store.tables(now)) for (const { key, value } of await store.tableRows(table, { limit: 1000 }, now)) found[`${table} ${key}`] = value;
  return found;
}

/** As a command does that ends when all is done: what fails for a moment is no reason to say that it never will be. */
function watch(process: Process, problems: string[]): void {
  if (process.watched) return;
  process.watched = true;
  process.runtime.idle().then(
    () => (process.watched = false),
    (thrown: unknown) => process.end === null && problems.push(`idle: ${String(thrown)}`),
  );
}

async function close({ runtime }: Process, clock: VirtualClock, problems: string[]): Promise<void> {
  let said = false;
  runtime.close().then(
    () => (said = true),
    (thrown: unknown) => {
      said = true;
      problems.push(`close: ${String(thrown)}`);
    },
  );
  await clock.advance(6_000);
  if (!said) problems.push("never closed");
}

function graphOf(flows: readonly LoadedFlow[], plan: FlowPlan): LoadedFlow["graph"] {
  const found = flows.find((one) => one.plan.hash === plan.hash);
  if (found === undefined && !isChild(plan.hash)) throw new Error(`no flow has the plan ${plan.hash}`);
  return found?.graph ?? runGraph(plan.graph.fused);
}

/** Null: nothing goes on, and nobody will be woken but by a person who has said all. */
async function leftOver(store: Store, outside: Outside, lag: () => Promise<number>, callers: Callers): Promise<Json> {
  const { running, unsent } = await store.counts();
  const parked = await store.runs({ limit: 10_000, state: "parked" });
  const timers = (await Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.timers(shard, Infinity, 10_000)))).flat();
  const open = parked.filter(({ run, waits }) => waits.some(({ kind }) => kind !== "ask") || timers.some((timer) => timer.run === run));
  const unread = await lag();
  if (running === 0 && unsent === 0 && open.length === 0 && unread === 0 && outside.busy() === 0 && callers.busy() === 0) return null;
  return { running, unsent, unread, busy: outside.busy(), asking: callers.busy(), open: open.map(({ run, waits }) => `${run} ${waits.map(({ kind, path }) => `${kind} ${path}`).join()}`) };
}

/** A runtime that is quiet says so; one that could not go on says why. */
async function whyBroken(process: Process, clock: VirtualClock, ms: number, problems: string[]): Promise<void> {
  let said = false;
  const heard = process.runtime.idle().then(
    () => (said = true),
    (thrown: unknown) => {
      said = true;
      if (process.end === null) problems.push(`the runtime could not go on: ${String(thrown)}`);
    },
  );
  await clock.advance(ms);
  if (!said) problems.push(`not idle: ${JSON.stringify(process.runtime.stats())}`);
  else await heard;
}

/** Answers each `ask` of the scenario, and ends each incident by what the ledger says. */
function createPerson(scenario: Scenario, store: Store, events: ReadonlyMap<RunId, readonly RunEvent[]>, outside: Outside) {
  const told = new Set<string>();
  return {
    /** Whether there was something to say. */
    async look(runtime: Runtime, process: number): Promise<boolean> {
      const before = told.size;
      const ask = (asked: string, row: InboxRow): void => {
        told.add(asked);
        // Whoever hears that it failed asks again.
        runtime.request(row).catch(() => told.delete(asked));
      };
      for (const [nth, { name, payload }] of (scenario.early ?? []).entries()) {
        for (const { run, status } of await store.runs({ limit: 10_000 })) {
          const id = `${run} early ${nth}`;
          if (status !== null || told.has(`${id} ${process}`)) continue;
          ask(`${id} ${process}`, { id, run, at: 0, by: "person", request: { kind: "signal", name, payload } });
        }
      }
      for (const { run, waits } of await store.runs({ limit: 10_000, state: "parked" })) {
        for (const { kind, path, signal = "" } of waits) {
          const past = (events.get(run) ?? []).filter((event) => event.path === path);
          const id = `${run} ${path} ${past.findLast(({ type }) => type === "wait.opened" || type === "incident.opened")?.seq ?? 0}`;
          const asked = `${id} ${process}`;
          if (told.has(asked)) continue;
          const answer = scenario.answers?.[path];
          if (kind === "ask" && answer !== undefined) {
            ask(asked, { id, run, at: 0, by: "person", request: { kind: "answer", path, payload: answer } });
          } else if (kind === "signal" && scenario.signals?.[signal] !== undefined) {
            ask(asked, { id, run, at: 0, by: "person", request: { kind: "signal", name: signal, payload: scenario.signals[signal] } });
          } else if (kind === "ask" && scenario.cancels?.includes(path) === true) {
            ask(asked, { id, run, at: 0, by: "person", request: { kind: "cancel" } });
          } else if (kind === "incident") {
            const key = past.find((event) => event.type === "step.started")?.data;
            const effect = key !== undefined && "key" in key && typeof key.key === "string" ? outside.effects.get(key.key) : undefined;
            ask(asked, { id, run, at: 0, by: "person", request: { kind: "resolve", path, ...(effect === undefined ? { action: "retry" } : { action: "resolve", output: effect.output }) } });
          }
        }
      }
      return told.size > before;
    },
  };
}

/** The store, whose durable events can be read without a port call. */
export function remembering(store: Store, events: Map<RunId, RunEvent[]>, log: RunEvent[]): Store {
  return {
    ...store,
    async commit(items) {
      const results = await store.commit(items);
      items.forEach((item, at) => {
        if (results[at] !== "ok") return;
        const known = events.get(item.run) ?? [];
        const fresh = item.events.filter(({ seq }) => seq >= known.length);
        events.set(item.run, known);
        known.push(...fresh);
        log.push(...fresh);
      });
      return results;
    },
  };
}

/** The bus, what it was given, and its groups: `leave` is what a broker does when a member is gone. `counts`: topics whose lag is meant. */
export function watched(bus: Bus, published: Outgoing[]): { readonly bus: Bus; readonly leave: () => void; readonly lag: (counts?: (topic: string) => boolean) => Promise<number> } {
  const groups = new Map<string, Subscription>();
  let open: Subscription[] = [];
  let left = 0;
  return {
    bus: {
      ...bus,
      async publish(messages) {
        published.push(...messages);
        await bus.publish(messages);
      },
      async subscribe(options) {
        const before = left;
        const made = await bus.subscribe(options);
        groups.set(`${options.topic} ${options.group}`, made);
        // Whoever asked is gone already.
        if (before !== left) void made.close();
        else open.push(made);
        return made;
      },
    },
    leave() {
      left += 1;
      for (const one of open) void one.close();
      open = [];
    },
    async lag(counts = () => true) {
      let sum = 0;
      for (const [group, one] of groups) if (counts(group.slice(0, group.indexOf(" ")))) sum += await one.lag();
      return sum;
    },
  };
}
