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
  let inFlight: readonly Row[] = [];
  /** What was marked since each reading of the store began. */
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
      const rows = queue.splice(0, BATCH).filter(({ run }) => told.owns(run));
      inFlight = rows;
      const refused = bus === null ? [] : await publishForever(bus, rows.map(({ message }) => message), clock, () => stopped);
      if (refused === null) break;
      await keepRefused(refused);
      await mark(rows);
      inFlight = [];
      told.published();
    }
    inFlight = [];
    running = false;
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
    for (const marked of readings) for (const { message } of rows) marked.add(message.id);
    // All of them again where one fails: a store that crashed may have forgotten those before it.
    await untilDone(async () => {
      for (const [shard, ids] of byShard) await store.published(shard, ids);
    });
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
        await new Promise<void>((resolve) => void clock.after(delay, resolve));
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
      const marked = new Set<string>();
      readings.add(marked);
      const left = await Promise.all(shards.map((shard) => patiently(clock, () => stopped, () => store.outbox(shard, Number.MAX_SAFE_INTEGER)))).finally(() => readings.delete(marked));
      // I22: what the runs of one lane emitted lies in several shards.
      const known = new Set([...queue, ...inFlight].map(({ message }) => message.id));
      for (const { run, message } of left.flat().sort((a, b) => a.position - b.position)) if (!known.has(message.id) && !marked.has(message.id)) put(run, message);
    },
    waiting: () => queue.length + inFlight.length,
    flying: () => inFlight.length,
    stop() {
      stopped = true;
    },
  };
}
