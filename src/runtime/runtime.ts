import { EVERYTHING, type Role } from "../core/queues.js";
import type { GraphRunner } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { Fork, ForkOutcome, RequestOutcome } from "../core/ports/operator.js";
import type { CommitItem, Fence, InboxRow } from "../core/ports/store.js";
import type { Tool } from "../core/ports/tool.js";
import { type RunId, shardOf } from "../core/run-id.js";
import { createChildPlans } from "./child/plans.js";
import { createTasks } from "./child/tasks.js";
import { claimBus } from "./claim/claim-bus.js";
import { formatBus } from "./format/format-bus.js";
import { forkRun } from "./fork/fork-run.js";
import { commitAlone } from "./journal/commit-alone.js";
import { createGroupCommit } from "./journal/group-commit.js";
import { createAdmissions } from "./live/admissions.js";
import { createBind } from "./live/bind.js";
import { drain } from "./live/drain.js";
import { createIdleness } from "./live/idleness.js";
import { countEffects } from "./live/effects.js";
import { createOwnedRuns } from "./live/owned-runs.js";
import { createMailbox } from "./live/mailbox.js";
import { recover } from "./live/recover.js";
import { onlyCallers, restBehindLocks } from "./live/rest.js";
import { request } from "./live/request.js";
import { tellSetBack } from "./live/clock-set-back.js";
import { tellTrouble } from "./live/store-health.js";
import { createTimers } from "./live/timers.js";
import { createGrants } from "./lock/grants.js";
import { wake } from "./live/wake.js";
import { createPublisher, type PublisherHooks } from "./outbox/publisher.js";
import { noticeOf } from "./outbox/refused-row.js";
import { patiently, Stopped } from "./patience.js";
import type { RuntimePorts } from "./ports.js";
import { createPools } from "./queue/pools.js";
import type { RunContext, RunHandle } from "./run/context.js";
import { startRun } from "./run/execute.js";
import { JournalLost } from "./run/journal.js";
import { createRequests, type Requests } from "./request/requests.js";
import { RuntimeClosed } from "./runtime-closed.js";
import { heed } from "./shards/heed.js";
import { keepShare } from "./shards/keep-share.js";
import { letGo } from "./shards/let-go.js";
import { settle } from "./shards/settle.js";
import { ownAll } from "./shards/own-all.js";
import type { Shards } from "./shards/shards.js";
import { takeUpAgain } from "./shards/take-up-again.js";
import { createSnapshots, EVERY } from "./snapshot/snapshots.js";
import { createSignal } from "../core/signal.js";
import { countDurable, createStats, type Summary } from "./stats.js";
import { createFlowSlots } from "./trigger/flow-slots.js";
import { createRunsByHand } from "./trigger/by-hand.js";
import { createFlows } from "./trigger/flows.js";
import type { Drive, LoadedFlow, RunReport, World } from "./world.js";

export interface RuntimeOptions {
  readonly flows: readonly LoadedFlow[];
  readonly ports: RuntimePorts;
  /** Runs the graph of a plan that a run was admitted under and that is no more the flow's (I37). */
  readonly graphOf: (plan: FlowPlan) => GraphRunner;
  /** What runs a graph's nodes. */
  readonly createExecutor?: (ctx: RunContext) => RunHandle;
  /** Runs come from topics and by hand only: no schedule ticks, and no request is answered. */
  readonly fed?: boolean;
  /** What of the flows this process does; absent: everything. */
  readonly role?: Role;
  /** For who starts runs by hand only, with the flow's own input: no trigger is looked at, nothing is recovered, and the shards may be shared with others of this process. */
  readonly embedded?: { own(shard: number, owner: string): Promise<Fence> };
  /** Events between two snapshots of a run. */
  readonly snapshotEvery?: number;
}

export interface Runtime {
  /** Takes the shards, takes up what an earlier process left, and begins to read topics. */
  start(): Promise<void>;
  /** A run by hand, once started; resolves when it has ended or waits for a person. Rejects with RuntimeClosed when the runtime is closed first. */
  manual(flow: string, input: Json, drive?: Drive): Promise<RunReport>;
  /** An answer, a cancellation, the end of an incident, a failed run that goes on: durable when it resolves, and acted on. */
  request(row: InboxRow): Promise<RequestOutcome>;
  /** A new run from the beginning of another one; it has begun when this resolves. */
  fork(of: RunId, fork: Fork): Promise<ForkOutcome>;
  /** New runs take this version of the flow; those under way keep theirs. */
  replace(flow: LoadedFlow): Promise<void>;
  /** Resolves when every message is handled, every run has ended or waits for a person, and all is published. Rejects when the runtime cannot go on. */
  idle(): Promise<void>;
  /** Where requests are listened for; null where no flow is started by one. */
  address(): string | null;
  /** Rejects when the runtime cannot go on. */
  readonly broken: Promise<never>;
  stats(): Summary;
  /** Reads and starts nothing more, and records what is under way for 5 s. Runs go on from the journal in another process. */
  close(): Promise<void>;
}

export function createRuntime({ flows: loaded, ports: given, graphOf, createExecutor = startRun, fed = false, role = EVERYTHING, embedded, snapshotEvery = EVERY }: RuntimeOptions): Runtime {
  const { store, clock, random, bus } = given;
  const messages = bus === null ? null : formatBus(claimBus(bus, given, () => closed), given.formats, clock, () => closed);
  const requests = createRequests(messages);
  const outside: RuntimePorts = { ...given, bus: messages, tool: (plan, name) => toolOf(plan, name, requests, given) };
  const effects = countEffects(tellTrouble(outside), (run) => shards.mayAct(run));
  const { ports } = effects;
  const stats = createStats();
  const changes = createSignal();
  const more = createSignal();
  const worker = random.id();
  /** Requests of operators that are not answered yet. */
  let asking = 0;
  let closed = false;
  let broken: { readonly cause: unknown } | null = null;
  const breaks = Promise.withResolvers<never>();
  // Whoever serves hears of it; others meet it in `idle`.
  breaks.promise.catch(() => undefined);
  let closing: Promise<void> | null = null;

  const stopped = (): boolean => closed;
  const byHand = createRunsByHand(stopped, changes.tell);
  const own = embedded?.own ?? ((shard: number) => store.own(shard, worker));
  const pools = embedded === undefined && store.sharing !== undefined ? createPools(store.sharing, ports, role, () => [...loaded.map(({ plan }) => plan), ...flows.plans()], stopped) : null;
  const shards: Shards =
    embedded === undefined && store.sharing !== undefined
      ? keepShare(store.sharing, clock, worker, stopped, () => pools?.mine() ?? Promise.resolve([0]), {
          async gained(came) {
            await publisher.recover(came);
            await recover(world, came);
            await timers.look();
            await grants.recover();
            await flows.readOlder();
          },
          leaving: (which) => settle(which, effects, world),
          lost: (which) => letGo(which, world),
          shared: () => slots.reshare(),
          news: (news) => heed(news, world, grants, timers, publisher),
          notice: (text) => ports.observer.notice?.(text),
          failed: (cause) => world.failed(cause),
        })
      : ownAll((shard) => own(shard, worker), clock, stopped);
  const refused: PublisherHooks["refused"] = (messages) => {
    stats.counters.dlq += messages.length;
    for (const one of messages) ports.observer.notice?.(noticeOf(one));
  };
  const publisher = createPublisher(ports, { owns: shards.owns, told: () => commits.settled(), published: more.tell, idle: changes.tell, task: (run, message) => tasks.put(run, message), refusedTask: (message, reason) => tasks.refused(message, reason), refused, failed: (cause) => world.failed(cause) });
  const childPlans = createChildPlans(() => world);
  const tasks = createTasks(() => world, childPlans);
  const timers = createTimers(() => world, embedded === undefined);
  const grants = createGrants(() => world, store, embedded === undefined);
  const commits = createGroupCommit(ports, { fenceOf: shards.fenceOf, durable });
  const snapshots = createSnapshots(() => world, snapshotEvery);
  const slots = createFlowSlots({ ports, shards, current: (flow) => flows.get(flow)?.plan, driven: embedded !== undefined, room: more.tell, stopped, failed: (cause) => world.failed(cause) });
  const world: World = {
    ports,
    stats,
    commits,
    snapshots,
    createExecutor,
    active: new Set(),
    live: {
      mailbox: createMailbox(),
      admissions: createAdmissions(),
      owned: createOwnedRuns(),
      queued: new Map(),
      parked: new Set(),
      behindLocks: new Map(),
      unbindable: new Set(),
      callers: new Map(),
      awaiting: new Map(),
      bind: createBind(() => flows, graphOf, outside, stopped, (cause) => world.failed(cause)),
      slots,
      worker,
      epochOf: (run) => shards.fenceOf(shardOf(run)).epoch,
    },
    shards,
    childPlans,
    shardsOf: (site) => (pools === null || bus === null ? Promise.resolve(undefined) : pools.shardsOf(site)),
    stopped,
    takeUpAgain: (run) => takeUpAgain(run, world),
    changed() {
      if (world.live.behindLocks.size > 0 && isStill()) restBehindLocks(world);
      changes.tell();
    },
    failed(cause) {
      // What was under way when the runtime was closed is no failure of it.
      if (cause instanceof Stopped || (closed && cause instanceof JournalLost)) return;
      broken ??= { cause };
      breaks.reject(broken.cause);
      byHand.giveUp(cause);
      changes.tell();
    },
  };
  const flows = createFlows(world, { slots, driven: embedded !== undefined, serves: !fed, unsent: () => publisher.waiting(), more, role });

  function durable(item: CommitItem): void {
    for (const op of item.index) if (op.op === "outbox.put") publisher.put(item.run, op.message);
    timers.note(item);
    grants.note(item);
    snapshots.note(item);
    countDurable(stats.counters, item.events);
    for (const event of item.events) requests.heard(event);
    try {
      for (const event of item.events) ports.observer.event(event);
    } catch (thrown) {
      // An observer must not throw; what it was told about is durable, and nobody that waits for it may hang.
      world.failed(thrown);
    }
  }

  const isStill = (): boolean => grants.busy() === 0 && flows.busy() === 0 && tasks.waiting() === 0 && onlyCallers(world);
  const idleness = createIdleness({
    clock,
    changes,
    isQuiet: () => byHand.underWay() === 0 && world.active.size === 0 && grants.busy() === 0 && flows.busy() === 0 && publisher.waiting() === 0 && tasks.waiting() === 0,
    lag: () => flows.lag(),
    isOver() {
      if (broken !== null) throw broken.cause;
      return closed;
    },
  });

  return {
    async start() {
      await shards.start();
      if (embedded === undefined) await publisher.recover(shards.mine());
      for (const flow of loaded) await flows.load(flow);
      if (embedded === undefined) await recover(world, shards.mine());
      if (embedded === undefined) await grants.recover();
      tasks.start();
      await timers.start();
      await tellSetBack(world);
      await flows.read();
      shards.begin();
    },
    async manual(flow, input, drive) {
      const begin = flows.manual(flow);
      if (begin === undefined) throw new RangeError(`there is no flow \`${flow}\``);
      return byHand.start(begin, input, drive);
    },
    request: (row) => answered(() => request(row, world)),
    fork: (of, fork) => answered(() => forkAndWake(of, fork)),
    replace: (flow) => flows.replace(flow),
    idle: () => idleness.reached(),
    address: () => flows.door.address(),
    broken: breaks.promise,
    stats: () => stats.summary(),
    close: () => (closing ??= close()),
  };

  async function forkAndWake(of: RunId, fork: Fork): Promise<ForkOutcome> {
    const forked = await forkRun(of, fork, { store, clock, random, current: (flow) => flows.get(flow)?.plan });
    if (!("item" in forked)) return forked;
    const { item } = forked;
    await commitAlone(item, given, stopped);
    durable(item);
    const row = await patiently(clock, stopped, () => store.run(item.run));
    if (row !== null) await wake(row, world);
    return { is: "forked", run: item.run, kept: item.events.length - 1 };
  }

  async function answered<T>(act: () => Promise<T>): Promise<T> {
    if (closed) throw new RuntimeClosed();
    asking += 1;
    try {
      return await act();
    } finally {
      asking -= 1;
    }
  }

  async function close(): Promise<void> {
    // Whoever waits for an answer gets it, as far as that does not take long.
    if (flows.door.busy() > 0) await flows.door.drain();
    closed = true;
    publisher.stop();
    timers.close();
    grants.close();
    effects.stop();
    byHand.giveUp(new RuntimeClosed());
    const reading = flows.close();
    // Whoever closes hears of it below; until then nobody does.
    reading.catch(() => undefined);
    await drain(clock, () => asking === 0 && effects.inFlight() === 0 && commits.idle() && publisher.flying() === 0 && snapshots.idle());
    commits.close();
    await shards.close();
    // Their timers would hold the process.
    for (const { handle } of world.live.owned.values()) handle?.drop();
    changes.tell();
    await reading;
  }
}

/** A request is a message, which needs no client of its own. */
function toolOf(plan: FlowPlan, name: string, requests: Requests, { tool }: Pick<RuntimePorts, "tool">): Promise<Tool> {
  const declared = plan.tools[name];
  return declared?.kind === "request" ? Promise.resolve(requests.tool(declared)) : tool(plan, name);
}
