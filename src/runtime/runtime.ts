import type { Json } from "../core/json.js";
import type { TriggerPlan } from "../core/plan/flow-plan.js";
import type { CommitItem, Fence } from "../core/ports/store.js";
import { SHARDS } from "../core/run-id.js";
import { createGroupCommit } from "./journal/group-commit.js";
import { createPublisher } from "./outbox/publisher.js";
import type { RuntimePorts } from "./ports.js";
import { startRun } from "./run/execute.js";
import type { RunContext, RunHandle } from "./run/context.js";
import { RuntimeClosed } from "./runtime-closed.js";
import { createStats, type Summary } from "./stats.js";
import { startConsumer, type Consumer } from "./trigger/consumer.js";
import { journaledBatches } from "./trigger/journaled-batch.js";
import { manualRuns, type StartManually } from "./trigger/manual.js";
import { pureBatches } from "./trigger/pure-batch.js";
import { createSlots, type Slots } from "./trigger/slots.js";
import type { Drive, LoadedFlow, RunReport, World } from "./world.js";

export interface RuntimeOptions {
  readonly flows: readonly LoadedFlow[];
  readonly ports: RuntimePorts;
  /** What runs a graph's nodes. */
  readonly createExecutor?: (ctx: RunContext) => RunHandle;
  /** For who starts runs by hand only, with the flow's own input: no trigger is looked at, and the shards may be shared with others of this process. */
  readonly embedded?: { own(shard: number, owner: string): Promise<Fence> };
}

export interface Runtime {
  /** Takes the shards and begins to read topics. */
  start(): Promise<void>;
  /** A run by hand, once started; resolves when it has ended or waits for a person. Rejects with RuntimeClosed when the runtime is closed first. */
  manual(flow: string, input: Json, drive?: Drive): Promise<RunReport>;
  /** Resolves when every message is handled, every run has ended or waits for a person, and all is published. Rejects when the runtime cannot go on. */
  idle(): Promise<void>;
  stats(): Summary;
  /** Reads and starts nothing more. Runs under way go on from the journal in another process. */
  close(): Promise<void>;
}

/** I19: admitted runs of a trigger that may wait for a slot. */
const BACKLOG = 1000;
const DEFAULT_CONCURRENCY = 64;
/** Graphs of several nodes keep the loop busy for long: so many begin in one turn. */
const HEAVY_PER_TURN = 4;
const LIGHT_PER_TURN = 64;
/** Lag is asked for again after so long, for brokers that tell late. */
const LOOK_AGAIN_MS = 100;

export function createRuntime({ flows, ports, createExecutor = startRun, embedded }: RuntimeOptions): Runtime {
  const { bus, store, clock, random } = ports;
  const stats = createStats();
  const { counters } = stats;
  const fences = new Map<number, Fence>();
  const consumers: Consumer[] = [];
  const slots: Slots[] = [];
  const manual = new Map<string, StartManually>();
  /** Rejects what waits for a manual run. */
  const manualUnderWay = new Set<(cause: unknown) => void>();
  let closed = false;
  let broken: { readonly cause: unknown } | null = null;
  let watchers: (() => void)[] = [];
  let lookAgain: (() => void) | null = null;

  const changed = (): void => {
    if (watchers.length === 0) return;
    const told = watchers;
    watchers = [];
    for (const tell of told) tell();
  };
  const publisher = createPublisher(ports, { idle: changed, refused: (count) => void (counters.dlq += count) });
  const commits = createGroupCommit(ports, { fenceOf, durable });
  const world: World = {
    ports,
    stats,
    commits,
    createExecutor,
    active: new Set(),
    hot: new Set(),
    changed,
    failed(cause) {
      broken ??= { cause };
      for (const reject of manualUnderWay) reject(cause);
      changed();
    },
  };

  function fenceOf(shard: number): Fence {
    const fence = fences.get(shard);
    if (fence === undefined) throw new TypeError("the runtime was not started");
    return fence;
  }

  function durable({ run, events, index }: CommitItem): void {
    for (const op of index) if (op.op === "outbox.put") publisher.put(run, op.message);
    for (const event of events) {
      if (event.type === "message.emitted") counters.emitted += 1;
      else if (event.type === "model.completed" || event.type === "model.failed") {
        counters.modelCalls += 1;
        counters.tokensIn += event.data.usage?.in ?? 0;
        counters.tokensOut += event.data.usage?.out ?? 0;
        counters.usd += event.data.usd ?? 0;
      }
      ports.observer.event(event);
    }
  }

  function slotsOf({ plan }: LoadedFlow, trigger: TriggerPlan | null): Slots {
    // How many driven runs there are at once is their caller's affair: one may stand still between two nodes.
    const concurrency = embedded === undefined ? (trigger?.concurrency ?? DEFAULT_CONCURRENCY) : Infinity;
    const made = createSlots(concurrency, plan.graph.fused.nodes.length > 1 ? HEAVY_PER_TURN : LIGHT_PER_TURN, clock);
    slots.push(made);
    return made;
  }

  async function startFlow(flow: LoadedFlow): Promise<void> {
    await store.putPlan(flow.plan);
    const triggers = embedded === undefined ? flow.plan.triggers : [];
    const byHand = triggers.find((one) => one.kind === "manual");
    manual.set(flow.plan.id, manualRuns(flow, byHand, slotsOf(flow, byHand ?? null), world, () => closed));
    if (bus === null) return;
    for (const trigger of triggers) {
      if (trigger.kind !== "topic") continue;
      if (flow.plan.class === "P") consumers.push(await startConsumer(bus, trigger, pureBatches(flow, trigger, world, () => closed), () => true, world));
      else {
        const own = slotsOf(flow, trigger);
        const most = trigger.concurrency + BACKLOG;
        consumers.push(await startConsumer(bus, trigger, journaledBatches(flow, trigger, own, world, () => closed), () => own.load() < most, world));
      }
    }
  }

  const isQuiet = (): boolean => manualUnderWay.size === 0 && world.active.size === 0 && slots.every((one) => one.busy() === 0) && publisher.waiting() === 0 && !consumers.some((one) => one.isBusy());

  async function isIdle(): Promise<boolean> {
    if (!isQuiet()) return false;
    const lags = await Promise.all(consumers.map((one) => one.lag()));
    // What a run emitted meanwhile is a message again.
    return lags.every((lag) => lag === 0) && isQuiet();
  }

  return {
    async start() {
      const owner = random.id();
      const own = embedded?.own ?? ((shard: number) => store.own(shard, owner));
      for (const fence of await Promise.all(Array.from({ length: SHARDS }, (_, shard) => own(shard, owner)))) fences.set(fence.shard, fence);
      await publisher.recover();
      for (const flow of flows) await startFlow(flow);
    },
    async manual(flow, input, drive) {
      const begin = manual.get(flow);
      if (begin === undefined) throw new RangeError(`there is no flow \`${flow}\``);
      if (closed) throw new RuntimeClosed();
      const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
      manualUnderWay.add(reject);
      begin(input, drive).then(resolve, reject);
      try {
        return await promise;
      } finally {
        manualUnderWay.delete(reject);
        changed();
      }
    },
    async idle() {
      try {
        for (;;) {
          if (broken !== null) throw broken.cause;
          // What is left unread stays so: to look again would hold the process for ever.
          if (closed || (await isIdle())) return;
          await change();
        }
      } finally {
        if (watchers.length === 0) stopLooking();
      }
    },
    stats: () => stats.summary(),
    async close() {
      closed = true;
      publisher.stop();
      await Promise.all(consumers.map((one) => one.close()));
      // Their timers would hold the process.
      for (const handle of world.hot) handle.drop();
      for (const reject of manualUnderWay) reject(new RuntimeClosed());
    },
  };

  /** Something changed, or it is time to look again. The timer outlives the changes: there is one with every batch. */
  function change(): Promise<void> {
    lookAgain ??= clock.after(LOOK_AGAIN_MS, () => {
      lookAgain = null;
      changed();
    });
    return new Promise((resolve) => watchers.push(resolve));
  }

  /** Its timer would hold the process. */
  function stopLooking(): void {
    lookAgain?.();
    lookAgain = null;
  }
}
