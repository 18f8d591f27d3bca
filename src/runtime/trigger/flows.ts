import { childPlans } from "../../core/plan/child-plan.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import { isSamePlan } from "../../core/plan/same-plan.js";
import { waitedTopics } from "../../core/plan/waited-topics.js";
import type { Bus } from "../../core/ports/bus.js";
import type { Role } from "../../core/queues.js";
import { patiently } from "../patience.js";
import type { Current } from "../live/bind.js";
import { createWorkers } from "../queue/workers.js";
import { replyBatches, replyTopics, replyTrigger } from "../request/reply-batches.js";
import type { Signal } from "../../core/signal.js";
import type { LoadedFlow, World } from "../world.js";
import { waitedBatches, waitingTrigger } from "../waiter/batches.js";
import { createDoor, type Door } from "../http/door.js";
import { type HandleRequest, httpRuns } from "../http/requests.js";
import type { Route } from "../http/routes.js";
import { startConsumer, type Consumer } from "./consumer.js";
import type { FlowSlots } from "./flow-slots.js";
import { type Awaited, createOlder } from "./older.js";
import { journaledBatches } from "./journaled-batch.js";
import { manualRuns, type StartManually } from "./manual.js";
import { PURE_BATCH, pureBatches } from "./pure-batch.js";
import { BATCH } from "./reading.js";
import { startTicking, type Ticking } from "./schedule.js";
import type { Slots } from "./slots.js";
import { wayOf } from "./way.js";

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
  readonly door: Door;
  /** Runs that will go on by themselves, and batches under way. */
  busy(): number;
  /** Messages that are not handled, but for those that wait for a person's answer. */
  lag(): Promise<number>;
  /** Nothing more begins; resolves when the batches under way are handled. */
  close(): Promise<void>;
}

export interface FlowsOptions {
  readonly slots: FlowSlots;
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

interface Served {
  readonly flow: LoadedFlow;
  readonly manual: StartManually;
  readonly consumers: Consumer[];
  readonly ticking: Ticking[];
}

export function createFlows(world: World, { slots, driven, serves, unsent, more, role }: FlowsOptions): Flows {
  const { bus, store, clock } = world.ports;
  const served = new Map<string, Served>();
  /** Flows whose runs only steps start: the one that reads for them what they wait for. */
  const readFor = new Map<string, LoadedFlow>();

  const door = createDoor(world);
  const workers = createWorkers(world, role, slots.ofQueue, more);

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

  /** Its plan is in the store (I37). */
  function serve(flow: LoadedFlow): Served {
    const { plan } = flow;
    const byHand = triggersOf(plan).find((one) => one.kind === "manual");
    const made: Served = { flow, manual: manualRuns(flow, byHand, slots.of(plan, null), world), consumers: [], ticking: [] };
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
      const own = slots.of(flow.plan, wayOf(trigger));
      own.resize(trigger.concurrency);
      const room = (): boolean => hasRoom(own, trigger, flow.plan);
      if (trigger.kind === "schedule") ticking.push(await startTicking(flow, trigger, own, room, world));
      else routes.push({ method: trigger.method, path: trigger.path, to: httpRuns(flow, trigger, own, room, world) });
    }
    await door.serve(flow.plan.id, routes);
  }

  /** I19: what is admitted and has not begun is memory. */
  const hasRoom = (own: Slots, { concurrency }: TriggerPlan, { backlog = BACKLOG }: FlowPlan): boolean => own.load() < concurrency + backlog && !own.crowded() && unsent() < MOST_UNSENT;

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
        const own = slots.of(flow.plan, wayOf(trigger));
        own.resize(trigger.concurrency);
        const most = Math.min(BATCH, trigger.concurrency + (flow.plan.backlog ?? BACKLOG));
        consumers.push(await startConsumer({ bus, trigger, handle: journaledBatches(flow, trigger, own, world), most, hasRoom: () => hasRoom(own, trigger, flow.plan), more, anew }, world));
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
    busy: () => slots.busy() + [...served.values()].reduce((sum, { consumers, ticking }) => sum + [...consumers, ...ticking].filter((one) => one.isBusy()).length, workers.consumers().filter((one) => one.isBusy()).length) + door.busy(),
    async lag() {
      // A consumer that is paused though nothing goes on by itself waits for a person.
      const lags = await Promise.all(all().map((one) => (one.isPaused() ? Promise.resolve(0) : one.lag())));
      return lags.reduce((sum, one) => sum + one, 0);
    },
    async close() {
      slots.close();
      await Promise.all([door.close(), workers.close(), older.close(), ...[...served.values()].map(leave)]);
    },
  };
}
