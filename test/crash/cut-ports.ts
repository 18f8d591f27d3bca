import { type Bus, PublishRefused, type Subscription } from "../../src/core/ports/bus.js";
import type { Clock } from "../../src/core/ports/clock.js";
import type { Sharing, Store } from "../../src/core/ports/store.js";
import { TASK_HEADER } from "../../src/runtime/child/task.js";
import { SHARDS } from "../../src/core/run-id.js";
import type { RuntimePorts } from "../../src/runtime/ports.js";
import type { Power } from "./power.js";

/** The ports of one process object, which end with its power (I44). */
export function cutPorts(ports: RuntimePorts, power: Power): RuntimePorts {
  return {
    clock: cutClock(ports.clock, power),
    random: ports.random,
    store: cutStore(ports.store, power),
    bus: ports.bus === null ? null : cutBus(ports.bus, power),
    async model(plan, name) {
      const inner = await power.pass(`model.connect ${name}`, () => ports.model(plan, name));
      return { complete: (request, options) => power.call(`model.call ${options.caller.path}`, () => inner.complete(request, options)) };
    },
    async tool(plan, name) {
      const inner = await power.pass(`tool.connect ${name}`, () => ports.tool(plan, name));
      return {
        call: (call) => power.call(`tool.call ${name} ${call.run.path}`, () => inner.call(call)),
        [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
      };
    },
    ...(ports.http === undefined ? {} : { http: ports.http }),
    price: ports.price,
    observer: { ...ports.observer, event: (event) => void (power.isOff() || ports.observer.event(event)) },
  };
}

function cutClock(clock: Clock, power: Power): Clock {
  const whileOn = (run: () => void) => (): void => {
    if (!power.isOff()) run();
  };
  return {
    now: clock.now,
    monotonic: clock.monotonic,
    after: (ms, fire) => clock.after(ms, whileOn(fire)),
    soon: (run) => clock.soon(whileOn(run)),
    nextTurn: (run) => clock.nextTurn(whileOn(run)),
  };
}

function cutStore(store: Store, power: Power): Store {
  const { call } = power;
  /** One call for every shard: the first and the last stand for all. */
  const ofShard = <T>(name: string, shard: number, act: () => Promise<T>): Promise<T> => (shard === 0 || shard === SHARDS - 1 ? call(`store.${name} ${shard}`, act) : power.pass(`store.${name} ${shard}`, act));
  return {
    durable: store.durable,
    ...(store.sharing === undefined ? {} : { sharing: cutSharing(store.sharing, power) }),
    own: (shard, owner) => ofShard("own", shard, () => store.own(shard, owner)),
    commit: (items) => call(`store.commit ${items.map(({ events }) => events.map(({ type }) => type).join("+")).join(" ")}`, () => store.commit(items)),
    async *read(run, fromSeq) {
      yield* await call("store.read", () => allOf(store.read(run, fromSeq)));
    },
    run: (run) => call("store.run", () => store.run(run)),
    runs: (filter) => call("store.runs", () => store.runs(filter)),
    runsLike: (prefix) => call("store.runsLike", () => store.runsLike(prefix)),
    openRuns: (shard) => ofShard("openRuns", shard, () => store.openRuns(shard)),
    counts: () => call("store.counts", () => store.counts()),
    backlog: () => call("store.backlog", () => store.backlog()),
    prunable: (ended) => call("store.prunable", () => store.prunable(ended)),
    prune: (ended, most, now) => call("store.prune", () => store.prune(ended, most, now)),
    admittedAt: (run) => call("store.admittedAt", () => store.admittedAt(run)),
    putPlan: (plan) => call("store.putPlan", () => store.putPlan(plan)),
    plan: (hash) => call("store.plan", () => store.plan(hash)),
    timers: (shard, until, limit) => ofShard("timers", shard, () => store.timers(shard, until, limit)),
    putInbox: (row) => call("store.putInbox", () => store.putInbox(row)),
    inbox: (shard, limit) => ofShard("inbox", shard, () => store.inbox(shard, limit)),
    outbox: (shard, limit) => ofShard("outbox", shard, () => store.outbox(shard, limit)),
    published: (shard, ids) => call("store.published", () => store.published(shard, ids)),
    waiters: (flow, topic, keys) => call("store.waiters", () => store.waiters(flow, topic, keys)),
    openPlans: () => call("store.openPlans", () => store.openPlans()),
    tableRow: (table, key, now) => call(`store.tableRow ${table}`, () => store.tableRow(table, key, now)),
    tableRows: (table, page, now) => call("store.tableRows", () => store.tableRows(table, page, now)),
    budgets: (filter) => call("store.budgets", () => store.budgets(filter)),
    tables: (now) => call("store.tables", () => store.tables(now)),
    putRow: (put) => call(`store.putRow ${put.table}`, () => store.putRow(put)),
    lockHead: (lock) => call(`store.lockHead ${lock}`, () => store.lockHead(lock)),
    untakenLocks: () => call("store.untakenLocks", () => store.untakenLocks()),
    laneHead: (lane) => call("store.laneHead", () => store.laneHead(lane)),
    seen: (scope, keys, now) => call("store.seen", () => store.seen(scope, keys, now)),
    lastTick: (schedule) => call("store.lastTick", () => store.lastTick(schedule)),
    beginTicks: (schedule, now) => call("store.beginTicks", () => store.beginTicks(schedule, now)),
    putTick: (schedule, time) => call("store.putTick", () => store.putTick(schedule, time)),
    markSeen: (scope, keys) => call("store.markSeen", () => store.markSeen(scope, keys)),
    snapshot: (run) => call("store.snapshot", () => store.snapshot(run)),
    putSnapshot: (run, snapshot) => call("store.putSnapshot", () => store.putSnapshot(run, snapshot)),
    putBody: (stored) => call("store.putBody", () => store.putBody(stored)),
    body: (key) => call("store.body", () => store.body(key)),
    putDeadLetters: (rows) => call("store.putDeadLetters", () => store.putDeadLetters(rows)),
    deadLetters: (filter) => call("store.deadLetters", () => store.deadLetters(filter)),
    deleteDeadLetters: (ids) => call("store.deleteDeadLetters", () => store.deleteDeadLetters(ids)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function cutSharing(sharing: Sharing, power: Power): Sharing {
  const { call } = power;
  return {
    renew: (owner, ms, pools) => call("store.renew", () => sharing.renew(owner, ms, pools)),
    queue: (name) => call("store.queue", () => sharing.queue(name)),
    serving: () => call("store.serving", () => sharing.serving()),
    take: (shards, owner) => call("store.take", () => sharing.take(shards, owner)),
    release: (shards, owner) => call("store.release", () => sharing.release(shards, owner)),
    leave: (owner) => call("store.leave", () => sharing.leave(owner)),
    reserve: (hold, fence) => call("store.reserve", () => sharing.reserve(hold, fence)),
    listen: (heard) => call("store.listen", () => sharing.listen((news) => void (power.isOff() || heard(news)))),
  };
}

function cutBus(bus: Bus, power: Power): Bus {
  return {
    from: bus.from,
    // A task that is refused fails its step, where no person is asked: another outcome.
    publish: (messages) => power.call(`bus.publish ${messages.length}`, () => bus.publish(messages), messages[0]?.headers[TASK_HEADER] === undefined ? () => new PublishRefused(messages.slice(0, 1).map(({ id }) => ({ id, reason: "too large" }))) : undefined),
    subscribe: (options) => power.call(`bus.subscribe ${options.topic}`, async () => cutSubscription(await bus.subscribe(options), options.topic, power)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function cutSubscription(inner: Subscription, topic: string, power: Power): Subscription {
  const { call } = power;
  return {
    batches: {
      async *[Symbol.asyncIterator]() {
        const batches = inner.batches[Symbol.asyncIterator]();
        for (;;) {
          const next = await call(`bus.read ${topic}`, () => batches.next());
          if (next.done === true) return;
          yield next.value;
        }
      },
    },
    ack: (deliveries) => call(`bus.ack ${topic}`, () => inner.ack(deliveries)),
    giveBack: (deliveries, delayMs) => call(`bus.giveBack ${topic}`, () => inner.giveBack(deliveries, delayMs)),
    pause: () => void (power.isOff() || inner.pause()),
    resume: () => void (power.isOff() || inner.resume()),
    lag: () => power.pass(`bus.lag ${topic}`, () => inner.lag()),
    close: () => power.pass(`bus.close ${topic}`, () => inner.close()),
    [Symbol.asyncDispose]: () => power.pass(`bus.close ${topic}`, () => inner.close()),
  };
}

async function allOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
