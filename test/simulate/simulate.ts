import { hash } from "node:crypto";
import { createMemoryBus } from "../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { runGraph } from "../../src/compiler/run-graph.js";
import { InfraError } from "../../src/core/errors.js";
import type { RunEvent } from "../../src/core/event.js";
import { isChild } from "../../src/core/plan/child-plan.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { Outgoing } from "../../src/core/ports/bus.js";
import type { HttpServer } from "../../src/core/ports/http-server.js";
import type { RunRow, Store } from "../../src/core/ports/store.js";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.js";
import type { LoadedFlow } from "../../src/runtime/world.js";
import { cutPorts } from "../crash/cut-ports.js";
import { remembering, watched } from "../crash/drive.js";
import { seededRandom } from "../support/seeded-random.js";
import { createChance } from "./chance.js";
import { ALSO, TICKED, TICKING } from "./generate/flow.js";
import { ANSWERS } from "./generate/tools.js";
import { type Callers, createCallers, drawRequests } from "./world/callers.js";
import { createTally } from "./world/count.js";
import { createFates, type Fates, type World } from "./world/fates.js";
import { createLedger, type Ledger } from "./world/ledger.js";
import { ownedStore } from "./world/owned-store.js";
import { createPerson, type Person } from "./world/person.js";
import { drawProfile, type Profile } from "./world/profile.js";
import { createSchedule } from "./world/schedule.js";
import { createSharedStore } from "./world/shared-store.js";
import { drawMessages, type Sent } from "./world/sender.js";
import { type Subject, subjectOf } from "./flows.js";

/** What is left of a seed when all is quiet. */
export interface Remains {
  readonly seed: number;
  readonly subject: Subject;
  /** All versions, those that were served first in front. */
  readonly flows: readonly LoadedFlow[];
  readonly profile: Profile;
  readonly store: Store;
  readonly rows: readonly RunRow[];
  readonly events: ReadonlyMap<string, readonly RunEvent[]>;
  /** Of all runs, in the order in which they became durable. */
  readonly log: readonly RunEvent[];
  readonly published: readonly Outgoing[];
  /** Ids of dead letters in the store. */
  readonly letters: readonly string[];
  readonly sent: readonly Sent[];
  readonly ledger: Ledger;
  readonly person: Person;
  readonly callers: Callers;
  /** When processes began that knew of no tick, times that were put as the last tick taken, and when all was quiet. */
  readonly ticks: { readonly began: readonly number[]; readonly put: readonly number[]; readonly endedAt: number };
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** The same for the same seed, whatever the machine. */
  readonly trace: string;
}

interface Process {
  readonly fates: Fates;
  readonly runtime: Runtime;
  /** It cannot go on. */
  readonly fell: (thrown: unknown) => void;
  /** The broker sees that it is gone. */
  readonly leave: () => void;
  started: boolean;
  ended: boolean;
}

const MOST_STEPS = 20_000;
/** Of processes that renew their leases. */
const MOST_STEPS_SHARED = 200_000;
const IDLE_STEPS = 200;
/** To close takes as long as the slowest call that is under way. */
const CLOSES_MS = 300_000;
/** Longer than any retry, wait and time limit: whoever has not gone on by then never will. */
const STUCK_MS = 3 * 60 * 60_000;

export interface Ways {
  /** No faults, from the beginning on. */
  readonly calm?: boolean;
  /** Calls of a tool or a model that fail for good, by path. */
  readonly fails?: (path: string) => boolean;
}

/** Null: the compiler refused the flow. */
export async function simulate(seed: number, { calm: always = false, fails = () => false }: Ways = {}): Promise<Remains | null> {
  const subject = subjectOf(seed);
  const { flows, next, generated } = subject;
  if (flows === null) return null;
  /** Those that a process serves which begins now, and all versions. */
  let served = flows;
  const versions = [...flows, ...next];
  const profile = drawProfile(createChance(seed, "profile"));
  const tally = createTally();
  const { count } = tally;
  const chance = createChance(seed, "world");
  let calm = always;
  const isCalm = (): boolean => calm;
  const schedule = createSchedule(createChance(seed, "schedule"), () => (calm ? 0 : profile.hasty));
  const world: World = { schedule, chance, steady: (about) => createChance(seed, about), profile, count, isCalm };
  const { clock } = schedule;

  const events = new Map<string, RunEvent[]>();
  const log: RunEvent[] = [];
  const alone = remembering(createMemoryStore(), events, log);
  const several = profile.beside > 0 ? createSharedStore(alone, world) : null;
  const store = several?.seenBy(null) ?? alone;
  const published: Outgoing[] = [];
  const inner = createMemoryBus(clock);
  const { bus, lag } = watched(inner, published);
  const durable = (run: string): readonly RunEvent[] => events.get(run) ?? [];
  const ledger = createLedger(world, durable, fails);
  const person = createPerson({ ...world, chance: createChance(seed, "person") }, { store, bus: inner, ledger, signals: generated.signals, waits: generated.waits, durable });
  const callers = createCallers(world, generated.asked ? drawRequests({ chance: createChance(seed, "requests"), profile }) : []);
  const ticks = { began: [] as number[], put: [] as number[] };
  const problems: string[] = [];
  const processes: Process[] = [];
  const shared = { owners: new Map<number, number>(), durable, ticks, problems };
  let process: Process | null = null;

  function over(made: Process): void {
    if (made.ended) return;
    made.ended = true;
    made.leave();
    const again = chance.pick([0, 500, 20_000]);
    if (process !== made) return void (several !== null && schedule.at(clock.now() + again, () => void (calm || start(true))));
    process = null;
    person.serves(null);
    callers.gone();
    schedule.at(clock.now() + again, start);
  }

  /** `beside`: who drives what is its share, and nobody asks it for anything. */
  function start(beside = false): void {
    const nth = processes.length;
    const mine = watched(bus, []);
    const fates = createFates(world, calm ? 0 : (profile.crashes[nth] ?? 0), several === null && nth < profile.zombies, () => over(made), (call) => void (/^(store.commit|bus.publish) /.test(call) && problems.push(`${call}, by a process that was closed`)));
    const ports = {
      clock,
      random: seededRandom(seed * 16 + nth + 1),
      store: ownedStore(several?.seenBy(nth) ?? store, fates, nth, shared),
      bus: mine.bus,
      model: async (_: unknown, name: string) => ledger.model(name),
      tool: async (plan: FlowPlan, name: string) => ledger.tool(plan, name, fates.isOver),
      http: beside ? UNHEARD : callers.http(fates),
      price: () => ({ in: 1, out: 1 }),
      observer: { event: () => undefined },
    };
    const cut = cutPorts(ports, fates);
    const runtime = createRuntime({ flows: served, ports: { ...cut, ...ledger.sends(cut, fates.isOver) }, graphOf: (plan) => graphOf(versions, plan), snapshotEvery: profile.snapshots });
    const made: Process = { fates, runtime, fell: (thrown) => fell(thrown, false), leave: mine.leave, started: false, ended: false };
    processes.push(made);
    count(beside ? "processes beside" : "processes");
    if (!beside) {
      process = made;
      person.serves("begins");
    }
    /** What is away for half a minute ends a process; nothing else does. */
    const fell = (thrown: unknown, starting: boolean): void => {
      if (made.ended) return;
      count("gave up");
      if (!starting && !(thrown instanceof InfraError)) problems.push(`the runtime ended: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
      fates.off();
      over(made);
    };
    runtime.broken.catch(made.fell);
    const endsAfter = profile.ends[nth] ?? null;
    if (endsAfter !== null) schedule.at(clock.now() + endsAfter, () => void (calm || end(made)));
    const begin = async (): Promise<void> => {
      await runtime.start();
      made.started = true;
      if (!made.ended && !beside) person.serves(runtime);
    };
    begin().catch((thrown: unknown) => fell(thrown, true));
  }

  /** Somebody tells it to end, as with Ctrl-C: it does within a while, and without a failure. */
  function end(made: Process): void {
    if (made.ended || !made.started) return;
    count("told to end");
    schedule.at(clock.now() + CLOSES_MS, () => void (made.ended || problems.push("never closed")));
    const close = async (): Promise<void> => {
      await made.runtime.close();
      made.fates.shut();
      over(made);
    };
    close().catch(made.fell);
  }

  const sent = drawMessages(createChance(seed, "messages"), profile, generated.twice ? ["in", ALSO] : ["in"]);
  let unsent = sent.length;
  for (const { afterMs, message } of sent) {
    schedule.at(clock.now() + afterMs, () => {
      unsent -= 1;
      void inner.publish([message]);
    });
  }
  const begun = clock.monotonic();
  const calmAt = begun + chance.pick([60_000, 600_000, 1_800_000]);
  if (profile.rebalance > 0) schedule.at(clock.now(), ghosts);
  const pruning = createChance(seed, "prune");
  const prune = (): void => {
    if (calm) return;
    count("prune");
    // Who waits for a run of another process looks how it stands from time to time.
    void store.prune({ before: clock.now() - (several === null ? pruning.pick([0, 1_000, 60_000]) : 60_000) }, pruning.pick([1, 1_000]), clock.now());
    schedule.at(clock.now() + profile.prunes, prune);
  };
  if (profile.prunes > 0) schedule.at(clock.now() + profile.prunes, prune);
  const deploying = createChance(seed, "deploy");
  const setting = createChance(seed, "clock");
  let setAt = -Infinity;
  for (const ms of profile.clock) {
    schedule.at(clock.now() + setting.between(0, setting.pick([5_000, 120_000, 900_000])), () => {
      if (calm) return;
      count(ms < 0 ? "clock set back" : "clock set forward");
      schedule.set(ms);
      setAt = clock.monotonic();
    });
  }
  if (next.length > 0) schedule.at(clock.now() + deploying.between(0, deploying.pick([5_000, 60_000, 400_000])), deploy);
  start();
  for (let at = 0; at < profile.beside; at += 1) schedule.at(clock.now() + chance.between(0, chance.pick([1, 20_000, 400_000])), () => start(true));

  function live(): readonly Process[] {
    return processes.filter(({ ended }) => !ended);
  }

  /** Another version of a flow, in the process that serves, or with the next one. */
  function deploy(): void {
    if (calm) return;
    served = next;
    count("deployed");
    for (const made of live()) {
      if (!made.started) continue;
      if (deploying.hit(0.4)) end(made);
      else replaceAll(made);
    }
  }
  function replaceAll(made: Process): void {
    const all = async (): Promise<void> => {
      for (const flow of next) await made.runtime.replace(flow);
    };
    // What the store or the broker did not take is tried again.
    all().catch(() => schedule.at(clock.now() + 1_000, () => void (made.ended || replaceAll(made))));
  }

  /** The broker gives partitions to another member for a while, which acknowledges nothing. */
  function ghosts(): void {
    if (calm) return;
    schedule.at(clock.now() + chance.between(500, 20_000), ghosts);
    if (!chance.hit(0.3 + profile.rebalance * 10)) return;
    count("rebalance");
    void (async () => {
      const ghost = await inner.subscribe({ topic: "in", group: "f", from: "earliest", maxBatch: 3 });
      void ghost.batches[Symbol.asyncIterator]().next();
      schedule.at(clock.now() + chance.between(1, 5_000), () => void ghost.close());
    })();
  }

  /** What goes on by the clock alone is no progress. */
  const ticking = new Set<string>();
  const looked = { log: 0, published: 0, moved: 0 };
  const progress = (): number => {
    for (const event of log.slice(looked.log)) {
      if (event.type === "run.admitted" && event.data.flow === TICKING) ticking.add(event.run);
      if (!ticking.has(event.run)) looked.moved += 1;
    }
    for (const { topic } of published.slice(looked.published)) if (topic !== TICKED) looked.moved += 1;
    looked.log = log.length;
    looked.published = published.length;
    return looked.moved + (tally.counts.get("tool calls") ?? 0) + (tally.counts.get("model calls") ?? 0) + processes.length;
  };
  /** What only runs of an earlier version wait for is read as long as there are some. */
  const isStillRead = (topic: string): boolean => served === flows || !(topic === "reply" || topic === ANSWERS || topic.startsWith("flowctl."));
  let steps = 0;
  let seen = -1;
  let movedAt = begun;
  const left = async (): Promise<unknown> => {
    // What the clock skipped is due, and noticed in a while.
    if (clock.monotonic() - setAt < 300_000 || unsent > 0 || process === null || live().some(({ started, fates }) => !started || fates.busy() > 0) || person.busy() > 0 || callers.busy() > 0) return "under way";
    const open = (await store.runs({ limit: 10_000 })).filter(({ status }) => status === null);
    if (open.length > 0) return open.map(({ run, waits }) => ({ run, waits }));
    const [{ unsent: unpublished }, unread, busy, asked] = [await store.counts(), await lag(isStillRead), ledger.busy(), (await several?.asked()) ?? 0];
    return unpublished === 0 && unread === 0 && busy === 0 && asked === 0 ? null : { unpublished, unread, busy, asked };
  };
  let said = false;
  for (; ; steps += 1) {
    if (!calm && clock.monotonic() >= calmAt) calm = true;
    if (progress() !== seen) {
      seen = progress();
      movedAt = clock.monotonic();
    }
    const still = schedule.isStill();
    if (still || chance.hit(0.05)) said = (await person.look()) || said;
    if (still && !said) {
      const open = await left();
      if (open === null) break;
      if (clock.monotonic() - movedAt > STUCK_MS && calm) {
        problems.push(`stuck: ${JSON.stringify(open)}`);
        break;
      }
    }
    said = false;
    if (steps === (several === null ? MOST_STEPS : MOST_STEPS_SHARED)) {
      problems.push(`never quiet: ${JSON.stringify(await left())}`);
      break;
    }
    if (!(await schedule.step())) {
      problems.push(`nothing goes on: ${JSON.stringify(await left())}`);
      break;
    }
  }
  calm = true;
  if (problems.length === 0) await sayIdle(process);
  // Another process may have begun with a tick meanwhile.
  const isOpen = async (): Promise<boolean> => {
    const { running, unsent: unpublished } = await store.counts();
    return running + unpublished > 0;
  };
  for (let at = 0; at < IDLE_STEPS && several !== null && (await isOpen()); at += 1) await schedule.step();
  for (const { fates } of processes) fates.off();

  /** A runtime that is quiet says so. */
  async function sayIdle(last: Process | null): Promise<void> {
    let heard = false;
    last?.runtime.idle().then(
      () => (heard = true),
      (thrown: unknown) => {
        heard = true;
        problems.push(`idle: ${String(thrown)}`);
      },
    );
    for (let at = 0; at < IDLE_STEPS && !heard; at += 1) await schedule.step();
    // What it had asked before may be the call in which it ends.
    if (!heard && last?.ended !== true) problems.push(`never idle: ${JSON.stringify(last?.runtime.stats())}`);
  }

  const endedAt = clock.now();
  count("steps", steps);
  const rows = await store.runs({ limit: 10_000 });
  const letters = (await store.deadLetters({ limit: 10_000 })).map(({ id }) => id);
  const trace = hash("sha256", JSON.stringify([log, published, letters, [...ledger.effects.values()], steps, [...tally.counts]]));
  return { seed, subject, flows: versions, profile, store, rows, events, log, published, letters, sent, ledger, person, callers, ticks: { ...ticks, endedAt }, problems: [...problems, ...ledger.problems], counts: tally.counts, trace };
}

/** Of a process that no caller knows. */
const UNHEARD: HttpServer = { listen: async () => ({ address: "http://nobody", close: async () => undefined }) };

export function graphOf(flows: readonly LoadedFlow[], plan: FlowPlan): LoadedFlow["graph"] {
  const found = flows.find(({ plan: one }) => one.hash === plan.hash);
  if (found === undefined && !isChild(plan.hash)) throw new Error(`no flow has the plan ${plan.hash}`);
  return found?.graph ?? runGraph(plan.graph.fused);
}
