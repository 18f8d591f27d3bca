import { elapse } from "../../core/elapse.js";
import type { TextMessage } from "../../core/ports/bus.js";
import { shardOf, type RunId } from "../../core/run-id.js";
import { isQueued, isTask } from "../child/task.js";
import { isBug } from "../is-bug.js";
import { patiently } from "../patience.js";
import type { RuntimePorts } from "../ports.js";
import { publishForever, type Refusal } from "./publish.js";
import { refusedRow } from "./refused-row.js";

/** Publishes what journaled runs emitted, after it is durable, in order, until it is published (I22). */
export interface Publisher {
  put(run: RunId, message: TextMessage): void;
  /** What earlier owners of these shards left, or what a store that crashed does not know to be published. */
  recover(shards: readonly number[]): Promise<void>;
  /** Messages that are durable and not yet marked as published. */
  waiting(): number;
  /** Those of them that the bus has been given. */
  flying(): number;
  /** Publishes nothing more, but for what is flying; the rest stays in the store. */
  stop(): void;
}

export interface PublisherHooks {
  /** Some are published. */
  published(): void;
  /** Nothing is left to publish. */
  idle(): void;
  /** Whether the run's shard is still this process's: else another one publishes them. */
  owns(run: RunId): boolean;
  /** What commits under way bring into the store has been put, or never will be. */
  told(): Promise<void>;
  /** So many messages are in the store's dead letters, for the broker will never take them. */
  refused(messages: readonly Refusal<TextMessage>[]): void;
  /** The broker will never take a task of a queue: the step that waits for it has to know. */
  refusedTask(message: TextMessage, reason: string): Promise<void>;
  /** What is left is for another run, and for no topic. */
  task(run: RunId, message: TextMessage): void;
  /** A bug, of a bus or a store: nothing more is published. */
  failed(cause: unknown): void;
}

const BATCH = 500;

interface Row {
  readonly run: RunId;
  readonly message: TextMessage;
}

export function createPublisher({ store, bus, clock }: Pick<RuntimePorts, "store" | "bus" | "clock">, told: PublisherHooks): Publisher {
  const queue: Row[] = [];
  /** Of topics that take nothing now: what comes later for them waits behind it, and nothing else does (I22). */
  const held = new Map<string, Row[]>();
  let inFlight: readonly Row[] = [];
  /** What was here when each reading of the store began, or was marked since. */
  const readings = new Set<Set<string>>();
  let running = false;
  let stopped = false;

  const start = (): void => {
    if (running || stopped) return;
    running = true;
    // All that one commit made durable is one call.
    clock.soon(() => void drain().catch(told.failed));
  };

  /** One call to the bus at a time: the bus keeps the order within it, and this the order between them. */
  async function drain(): Promise<void> {
    for (;;) {
      if (queue.length === 0 || stopped) break;
      const next = queue.splice(0, BATCH).filter(({ run }) => told.owns(run));
      const rows = next.filter((row) => !waitsWith(row));
      inFlight = rows;
      if (!(await publish(rows, () => stopped, hold))) break;
      inFlight = [];
      told.published();
    }
    inFlight = [];
    running = false;
    told.idle();
  }

  /** False when it ended first. */
  async function publish(rows: readonly Row[], ended: () => boolean, later?: (rows: readonly Row[]) => void): Promise<boolean> {
    const byMessage = new Map(rows.map((row) => [row.message, row]));
    const setAside = (left: readonly TextMessage[]): void => {
      const those = left.flatMap((message) => byMessage.get(message) ?? []);
      for (const { message } of those) byMessage.delete(message);
      later?.(those);
    };
    const refused = bus === null ? [] : await publishForever(bus, [...byMessage.keys()], clock, ended, later === undefined ? undefined : setAside);
    if (refused === null) return false;
    await keepRefused(refused);
    await mark([...byMessage.values()]);
    return true;
  }

  const here = (): readonly string[] => [...queue, ...inFlight, ...[...held.values()].flat()].map(({ message }) => message.id);

  function waitsWith(row: Row): boolean {
    const before = held.get(row.message.topic);
    before?.push(row);
    return before !== undefined;
  }
  function hold(rows: readonly Row[]): void {
    for (const row of rows) {
      if (waitsWith(row)) continue;
      const { topic } = row.message;
      const waiting = [row];
      held.set(topic, waiting);
      clock.soon(() => void catchUp(topic, waiting).catch(told.failed));
    }
  }
  /** One topic by itself, until it has all that came for it meanwhile. */
  async function catchUp(topic: string, waiting: Row[]): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.slice(0, BATCH);
      const mine = some.filter(({ run }) => told.owns(run));
      // It may take long enough for shards to go.
      if (await publish(mine, () => stopped || !mine.every(({ run }) => told.owns(run)))) {
        waiting.splice(0, some.length);
        told.published();
      }
      if (stopped) return;
    }
    held.delete(topic);
    told.idle();
  }

  async function mark(rows: readonly Row[]): Promise<void> {
    const byShard = new Map<number, string[]>();
    for (const { run, message } of rows) {
      const shard = shardOf(run);
      const ids = byShard.get(shard);
      if (ids === undefined) byShard.set(shard, [message.id]);
      else ids.push(message.id);
    }
    for (const known of readings) for (const { message } of rows) known.add(message.id);
    // All of them again where one fails: a store that crashed may have forgotten those before it.
    await untilDone(async () => void (await Promise.all([...byShard].map(([shard, ids]) => store.published(shard, ids)))));
  }

  async function keepRefused(refused: readonly Refusal<TextMessage>[]): Promise<void> {
    if (refused.length === 0) return;
    for (const { message, reason } of refused) if (isQueued(message)) await untilDone(() => told.refusedTask(message, reason));
    const emitted = refused.filter(({ message }) => !isQueued(message));
    if (emitted.length === 0) return;
    const rows = await Promise.all(emitted.map(async (one) => refusedRow(await flowOf(one), clock.now(), one)));
    await untilDone(() => store.putDeadLetters(rows));
    told.refused(emitted);
  }

  /** The id of a message begins with its run's. */
  async function flowOf({ message: { id } }: Refusal): Promise<string> {
    let flow = "";
    await untilDone(async () => void (flow = (await store.run(id.slice(0, id.indexOf("/"))))?.flow ?? ""));
    return flow;
  }

  /** A store that is away delays the outbox; what was published and not marked is published again after a restart. */
  async function untilDone(act: () => Promise<void>): Promise<void> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 2000)) {
      try {
        return await act();
      } catch (error) {
        if (isBug(error)) throw error;
        if (stopped) return;
        // The journal meets the same failure with its own commits, and ends the runtime when it lasts.
        await elapse(clock, delay);
      }
    }
  }

  function put(run: RunId, message: TextMessage): void {
    if (isTask(message)) return told.task(run, message);
    queue.push({ run, message });
    start();
  }

  return {
    put,
    async recover(shards) {
      // What is being marked now may be read all the same.
      const known = new Set(here());
      readings.add(known);
      const read = async () => {
        const rows = await Promise.all(shards.map((shard) => patiently(clock, () => stopped, () => store.outbox(shard, Number.MAX_SAFE_INTEGER))));
        await told.told();
        return rows.flat();
      };
      const left = await read().finally(() => readings.delete(known));
      for (const id of here()) known.add(id);
      // I22: what the runs of one lane emitted lies in several shards.
      for (const { run, message } of left.sort((a, b) => a.position - b.position)) if (!known.has(message.id)) put(run, message);
    },
    waiting: () => [...held.values()].reduce((all, rows) => all + rows.length, queue.length + inFlight.length),
    flying: () => inFlight.length,
    stop() {
      stopped = true;
    },
  };
}
