import { childPlans, isChild } from "../../core/plan/child-plan.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import { isSamePlan } from "../../core/plan/same-plan.js";
import { waitedTopics } from "../../core/plan/waited-topics.js";
import type { Parent, RunEvent } from "../../core/event.js";
import type { Bus } from "../../core/ports/bus.js";
import type { RunRow } from "../../core/ports/store.js";
import { siteOf, type Role } from "../../core/queues.js";
import type { RunId } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { Current } from "../live/bind.js";
import { concurrencyOf, createWorkers } from "../queue/workers.js";
import { replyBatches, replyTopics, replyTrigger } from "../request/reply-batches.js";
import type { Signal } from "../signal.js";
import type { LoadedFlow, World } from "../world.js";
import { waitedBatches, waitingTrigger } from "../waiter/batches.js";
import { createDoor, type Door } from "../http/door.js";
import { type HandleRequest, httpRuns } from "../http/requests.js";
import type { Route } from "../http/routes.js";
import { startConsumer, type Consumer } from "./consumer.js";
import { type Awaited, createOlder } from "./older.js";
import { journaledBatches } from "./journaled-batch.js";
import { manualRuns, type StartManually } from "./manual.js";
import { PURE_BATCH, pureBatches } from "./pure-batch.js";
import { BATCH } from "./reading.js";
import { startTicking, type Ticking } from "./schedule.js";
import { createSlots, type Slots } from "./slots.js";
import { type Way, wayOf, wayOfRun } from "./way.js";

/** The flows that a runtime serves, each in its current version. */
export interface Flows extends Current {
  manual(flow: string): StartManually | undefined;
  /** Of the current versions, and of older ones whose open runs send tasks. */
  plans(): readonly FlowPlan[];
  /** Runs by hand may come from now on. */
  load(flow: LoadedFlow): Promise<void>;
  /** Messages may come from now on. */
  read(): Promise<void>;
  replace(flow: LoadedFlow): Promise<void>;
  /** Open runs of other versions may have come. */
  readOlder(): Promise<void>;
  slotsFor(row: RunRow, parent?: Parent): Promise<Slots>;
  /** Lanes may have new heads that this process drives: one of them, or any. */
  look(lane: string | null): void;
  /** This process's share of what all may run at once is another one (I19). */
  reshare(): void;
  readonly door: Door;
  /** Runs that will go on by themselves, and batches under way. */
  busy(): number;
  /** Messages that are not handled, but for those that wait for a person's answer. */
  lag(): Promise<number>;
  /** Nothing more begins; resolves when the batches under way are handled. */
  close(): Promise<void>;
}

export interface FlowsOptions {
  /** Runs are started by hand only, as many as their caller likes. */
  readonly driven: boolean;
  /** Schedules tick, and requests are answered. */
  readonly serves: boolean;
  /** Messages in the outbox. */
  readonly unsent: () => number;
  readonly more: Signal;
  readonly role: Role;
}

/** I19: admitted runs of a trigger that may wait for a place where the flow does not say, and messages that may wait for the broker. */
const BACKLOG = 1000;
const MOST_UNSENT = 100_000;
const DEFAULT_CONCURRENCY = 64;
/** Graphs of several nodes keep the loop busy for long: so many begin in one turn. */
const HEAVY_PER_TURN = 4;
const LIGHT_PER_TURN = 64;

interface Served {
  readonly flow: LoadedFlow;
  readonly manual: StartManually;
  readonly consumers: Consumer[];
  readonly ticking: Ticking[];
}

export function createFlows(world: World, { driven, serves, unsent, more, role }: FlowsOptions): Flows {
  const { bus, store, clock } = world.ports;
  const served = new Map<string, Served>();
  /** By flow and way in. They outlive a version: what runs under the old one counts. */
  const pools = new Map<string, Slots>();
  /** Flows whose runs only steps start: the one that reads for them what they wait for. */
  const readFor = new Map<string, LoadedFlow>();
  const hooks = { clock, shared: world.shards.shared, share: () => world.shards.share(0), room: more.tell, failed: world.failed, laneHead: (lane: string) => patiently(clock, world.stopped, () => store.laneHead(lane)) };

  const door = createDoor(world);
  const workers = createWorkers(world, role, (site) => queuePool(site), more);

  const triggersOf = ({ triggers }: FlowPlan): readonly TriggerPlan[] => (driven || !role.orchestrates ? [] : triggers);
  const all = (): readonly Consumer[] => [...[...served.values()].flatMap(({ consumers }) => consumers), ...workers.consumers(), ...older.consumers()];
  const older = createOlder(world, {
    isServed: ({ id, hash }) => served.get(id)?.flow.plan.hash === hash || childOf(hash) !== undefined,
    isRead: (awaited) => !role.orchestrates || isRead(awaited),
    read: ({ is, topic, plan }, from) => (is === "reply" ? readReplies : readWaited)(topic, plan, from, false),
    readTasks: (plan) => (doesTasksOf(plan) ? workers.read([plan], false) : Promise.resolve()),
  });
  const childOf = (hash: string): FlowPlan | undefined => [...served.values()].flatMap(({ flow }) => childPlans(flow.plan)).find((plan) => plan.hash === hash);
  /** Those of flows that it does not have are for who has them, where there may be somebody. */
  const doesTasksOf = ({ id }: FlowPlan): boolean => served.has(id) || !world.shards.shared;

  function isRead({ is, topic, plan: { id } }: Awaited): boolean {
    if (is === "reply") return [...served.values()].some(({ flow }) => replyTopics(flow.plan).has(topic));
    const parent = readFor.get(id);
    const reader = served.get(id)?.flow.plan ?? (parent === undefined ? undefined : childPlans(parent.plan).find((child) => child.id === id));
    return reader !== undefined && waitedTopics(reader).has(topic);
  }

  /** Of one site, whichever flows its tasks are of. */
  function queuePool(site: string): Slots {
    const key = JSON.stringify({ site });
    const known = pools.get(key) ?? createSlots(concurrencyOf(world, siteOf(site).queue), LIGHT_PER_TURN, { ...hooks, share: () => 1 });
    pools.set(key, known);
    return known;
  }

  function poolOf(plan: Pick<FlowPlan, "id"> & Partial<FlowPlan>, way: Way): Slots {
    const key = JSON.stringify([plan.id, way]);
    const known = pools.get(key);
    if (known !== undefined) return known;
    // How many driven runs there are at once is their caller's affair: one may stand still between two nodes.
    const concurrency = driven ? Infinity : (triggerOf(plan.triggers ?? [], way)?.concurrency ?? DEFAULT_CONCURRENCY);
    const made = createSlots(concurrency, (plan.graph?.fused.nodes.length ?? 1) > 1 ? HEAVY_PER_TURN : LIGHT_PER_TURN, hooks);
    pools.set(key, made);
    return made;
  }

  /** Its plan is in the store (I37). */
  function serve(flow: LoadedFlow): Served {
    const { plan } = flow;
    const byHand = triggersOf(plan).find((one) => one.kind === "manual");
    const made: Served = { flow, manual: manualRuns(flow, byHand, poolOf(plan, null), world), consumers: [], ticking: [] };
    served.set(plan.id, made);
    return made;
  }

  function readWaited(topic: string, plan: FlowPlan, bus: Bus, anew: boolean): Promise<Consumer> {
    const trigger = waitingTrigger(plan, topic);
    return startConsumer({ bus, trigger, handle: waitedBatches(plan, trigger, world), more, anew }, world);
  }

  function readReplies(topic: string, plan: FlowPlan, bus: Bus, anew: boolean): Promise<Consumer> {
    const trigger = replyTrigger(plan, topic);
    return startConsumer({ bus, trigger, handle: replyBatches(plan, trigger, world), more, anew }, world);
  }

  /** `anew`: it was read before, so that a broker which is away for a moment must not end it. */
  async function read(one: Served, anew: boolean): Promise<void> {
    await readTopics(one, anew);
    const { flow, ticking } = one;
    if (!serves) return;
    const routes: Route<HandleRequest>[] = [];
    for (const trigger of triggersOf(flow.plan)) {
      if (trigger.kind !== "schedule" && trigger.kind !== "http") continue;
      const slots = poolOf(flow.plan, wayOf(trigger));
      slots.resize(trigger.concurrency);
      const room = (): boolean => hasRoom(slots, trigger, flow.plan);
      if (trigger.kind === "schedule") ticking.push(await startTicking(flow, trigger, slots, room, world));
      else routes.push({ method: trigger.method, path: trigger.path, to: httpRuns(flow, trigger, slots, room, world) });
    }
    await door.serve(flow.plan.id, routes);
  }

  /** I19: what is admitted and has not begun is memory. */
  const hasRoom = (slots: Slots, { concurrency }: TriggerPlan, { backlog = BACKLOG }: FlowPlan): boolean => slots.load() < concurrency + backlog && !slots.crowded() && unsent() < MOST_UNSENT;

  async function readTopics({ flow, consumers }: Served, anew: boolean): Promise<void> {
    if (bus === null) return;
    if (!driven) await workers.read([flow.plan], anew);
    if (!role.orchestrates) return;
    for (const topic of waitedTopics(flow.plan)) consumers.push(await readWaited(topic, flow.plan, bus, anew));
    await readForStarted({ flow, consumers }, anew);
    for (const topic of replyTopics(flow.plan)) consumers.push(await readReplies(topic, flow.plan, bus, anew));
    for (const trigger of triggersOf(flow.plan)) {
      if (trigger.kind !== "topic") continue;
      if (flow.plan.class === "P") consumers.push(await startConsumer({ bus, trigger, handle: pureBatches(flow, trigger, world), most: PURE_BATCH, more, ahead: true, anew }, world));
      else {
        const slots = poolOf(flow.plan, trigger.topic);
        slots.resize(trigger.concurrency);
        const most = Math.min(BATCH, trigger.concurrency + (flow.plan.backlog ?? BACKLOG));
        consumers.push(await startConsumer({ bus, trigger, handle: journaledBatches(flow, trigger, slots, world), most, hasRoom: () => hasRoom(slots, trigger, flow.plan), more, anew }, world));
      }
    }
  }

  /** For runs that steps start, of flows that nobody serves: once, whoever starts them. */
  async function readForStarted({ flow, consumers }: Pick<Served, "flow" | "consumers">, anew: boolean): Promise<void> {
    if (bus === null || !role.orchestrates) return;
    const unread = childPlans(flow.plan).filter(({ id }) => !served.has(id) && !readFor.has(id));
    for (const child of unread) {
      readFor.set(child.id, flow);
      for (const topic of waitedTopics(child)) consumers.push(await readWaited(topic, child, bus, anew));
    }
  }

  /** Nothing of this version is read any more, nor for the runs that it starts. */
  async function leaveVersion(version: Served): Promise<void> {
    await leave(version);
    for (const [child, reader] of readFor) if (reader === version.flow) readFor.delete(child);
  }

  /** Endpoints are the newest ones also for runs that steps have started. */
  async function keepPlans(plan: FlowPlan): Promise<void> {
    for (const one of [plan, ...childPlans(plan)]) await patiently(clock, world.stopped, () => store.putPlan(one));
  }

  /** A run that a step has started: that of a queue counts with the others of its site. */
  async function childSlots({ run, flow }: RunRow, known: Parent | undefined): Promise<Slots> {
    const { queue } = known ?? (await parentOf(run)) ?? {};
    return queue === undefined ? poolOf({ id: flow }, null) : queuePool(queue);
  }

  async function parentOf(run: RunId): Promise<Parent | undefined> {
    const event = await admissionOf(run);
    return event?.type === "run.admitted" ? event.data.parent : undefined;
  }

  /** How a run came in, where its flow has several ways. */
  async function wayIn({ run, flow }: RunRow): Promise<Way> {
    const triggers = served.get(flow)?.flow.plan.triggers;
    const [only, ...others] = triggers ?? [];
    if (only !== undefined && others.length === 0) return wayOf(only);
    const event = await admissionOf(run);
    return event?.type === "run.admitted" ? wayOfRun(event.data) : null;
  }

  const admissionOf = (run: RunId): Promise<RunEvent | undefined> =>
    patiently(clock, world.stopped, async () => {
      for await (const event of store.read(run, 0)) return event;
      return undefined;
    });

  /** Who starts runs by hand only reads nothing for others. */
  const readOlder = (): Promise<void> => (driven ? Promise.resolve() : older.look());
  const leave = ({ consumers, ticking }: Served): Promise<unknown> => Promise.all([...consumers, ...ticking].map((one) => one.close()));

  return {
    get: (flow) => served.get(flow)?.flow,
    child: childOf,
    manual: (flow) => served.get(flow)?.manual,
    plans: () => [...[...served.values()].map(({ flow }) => flow.plan), ...older.plans().filter(doesTasksOf)],
    async load(flow) {
      await keepPlans(flow.plan);
      serve(flow);
    },
    async read() {
      for (const one of served.values()) await read(one, false);
      await readOlder();
    },
    async replace(flow) {
      const before = served.get(flow.plan.id);
      if (before !== undefined && isSamePlan(before.flow.plan, flow.plan)) return;
      // First: one that cannot be served, or that the store does not take, leaves the old version reading.
      if (serves) door.needFree(flow.plan.id, triggersOf(flow.plan).filter((trigger) => trigger.kind === "http"));
      for (const plan of [flow.plan, ...childPlans(flow.plan)]) await store.putPlan(plan);
      // Batches under way are of the old version; what they have not acknowledged comes again.
      if (before !== undefined) await leaveVersion(before);
      await read(serve(flow), true);
      // Others start runs too that the old version read for.
      for (const one of served.values()) await readForStarted(one, true);
      await readOlder();
    },
    readOlder,
    door,
    slotsFor: async (row, parent) => (isChild(row.hash) ? patiently(clock, world.stopped, () => childSlots(row, parent)) : poolOf(served.get(row.flow)?.flow.plan ?? { id: row.flow }, await patiently(clock, world.stopped, () => wayIn(row)))),
    look(lane) {
      for (const slots of pools.values()) slots.look(lane);
    },
    reshare() {
      for (const slots of pools.values()) slots.reshare();
    },
    busy: () => [...pools.values()].reduce((sum, one) => sum + one.busy(), 0) + [...served.values()].reduce((sum, { consumers, ticking }) => sum + [...consumers, ...ticking].filter((one) => one.isBusy()).length, workers.consumers().filter((one) => one.isBusy()).length) + door.busy(),
    async lag() {
      // A consumer that is paused though nothing goes on by itself waits for a person.
      const lags = await Promise.all(all().map((one) => (one.isPaused() ? Promise.resolve(0) : one.lag())));
      return lags.reduce((sum, one) => sum + one, 0);
    },
    async close() {
      for (const slots of pools.values()) slots.close();
      await Promise.all([door.close(), workers.close(), older.close(), ...[...served.values()].map(leave)]);
    },
  };
}

const triggerOf = (triggers: readonly TriggerPlan[], way: Way): TriggerPlan | undefined => triggers.find((trigger) => wayOf(trigger) === way);
