import { nextTurn } from "../../core/elapse.js";
import type { Bus, Delivery, Subscription } from "../../core/ports/bus.js";
import { InfraError } from "../../core/errors.js";
import { createSignal, type Signal } from "../../core/signal.js";
import { isBug } from "../is-bug.js";
import { patiently, Stopped } from "../patience.js";
import type { World } from "../world.js";
import { readAhead } from "./read-ahead.js";
import { startReading } from "./reading.js";
import type { Acknowledge, HandleBatch, Publish } from "./pure-batch.js";
import type { TopicTrigger } from "./variables.js";

/** One trigger reading its topic. */
export interface Consumer {
  /** A batch is being handled. */
  isBusy(): boolean;
  /** It reads on when runs have ended. */
  isPaused(): boolean;
  lag(): Promise<number>;
  /** Reads nothing more, and waits for what is being published; what was only run comes again. */
  close(): Promise<void>;
}

const AGAIN_MS = 1000;
/** A batch that fails so often in a row is no outage. */
const PATIENCE = 30;
/** Messages that may wait for the broker to have their acknowledgement: so many come again after a crash. */
const MOST_UNACKNOWLEDGED = 8192;

export interface ConsumerOptions {
  readonly bus: Bus;
  readonly trigger: TopicTrigger;
  readonly handle: HandleBatch;
  /** Messages that are read at once; without it as many as is usual. */
  readonly most?: number;
  /** Always, where it is not said. */
  readonly hasRoom?: () => boolean;
  /** There may be room again. */
  readonly more: Signal;
  /** The next batch is asked for when one begins to be handled: for those who are done with one at once. */
  readonly ahead?: boolean;
  /** It was read before: a broker that is away now is waited for. */
  readonly anew: boolean;
}

export async function startConsumer({ bus, trigger, handle, most, hasRoom = () => true, more, ahead = false, anew }: ConsumerOptions, world: World): Promise<Consumer> {
  const { clock } = world.ports;
  const reading = await startReading(bus, trigger, world.ports, world.stopped, anew, most);
  let busy = false;
  let closed = false;
  let publishing: Promise<void> | null = null;
  const acknowledging = new Set<Promise<unknown>>();
  let unacknowledged = 0;
  const fewer = createSignal();
  /** A batch was not published: nothing that came after it may be. */
  let halted = false;
  let failures = 0;
  let paused = false;

  async function consume(): Promise<void> {
    for await (const { batch, from } of ahead ? readAhead(reading.batches) : reading.batches) {
      busy = true;
      const publish = await orAgain(() => handle(batch, from), batch, from);
      await publishing;
      // What was not published comes again.
      if (typeof publish === "function" && !halted && !closed) publishing = published(publish, batch, from);
      busy = false;
      world.changed();
      if (!hasRoom()) await room();
      // Other work gets its turn between two batches.
      else await nextTurn(clock);
      if (closed || halted) return;
    }
  }

  /** I19: runs that wait for a slot are memory; the broker keeps the rest. */
  async function room(): Promise<void> {
    const subscription = reading.current();
    subscription.pause();
    paused = true;
    world.changed();
    while (mustWait()) await more.next();
    paused = false;
    subscription.resume();
  }

  const mustWait = (): boolean => !closed && !hasRoom();

  /** While the next batch is handled. One at a time; its acknowledgement holds nothing up, but a broker that takes long is not asked for more and more. */
  async function published(publish: Publish, batch: readonly Delivery[], from: Subscription): Promise<void> {
    const acknowledge = await beside(() => orAgain(publish, batch, from));
    if (acknowledge === null) halted = true;
    else if (acknowledge !== undefined) {
      failures = 0;
      void acknowledged(acknowledge, batch.length);
    }
    while (unacknowledged >= MOST_UNACKNOWLEDGED) await fewer.next();
    publishing = null;
    world.changed();
  }
  async function acknowledged(acknowledge: Acknowledge, messages: number): Promise<void> {
    const mine = beside(acknowledge);
    acknowledging.add(mine);
    unacknowledged += messages;
    await mine;
    acknowledging.delete(mine);
    unacknowledged -= messages;
    fewer.tell();
    world.changed();
  }
  async function beside<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      return await act();
    } catch (thrown) {
      // What was not acknowledged comes again, to another process.
      if (!(thrown instanceof Stopped)) world.failed(thrown);
      return null;
    }
  }

  /** Undefined: its messages come again. */
  async function orAgain<T>(act: () => Promise<T>, batch: readonly Delivery[], from: Subscription): Promise<T | undefined> {
    try {
      return await act();
    } catch (thrown) {
      // What was not acknowledged comes again, to another process.
      if (thrown instanceof Stopped) return undefined;
      failures += 1;
      if (thrown instanceof InfraError || isBug(thrown) || failures > PATIENCE) throw thrown;
      await patiently(clock, world.stopped, () => from.giveBack(batch, AGAIN_MS));
      return undefined;
    }
  }

  const ended = consume().catch((thrown: unknown) => world.failed(thrown));
  return {
    isBusy: () => busy || publishing !== null || acknowledging.size > 0,
    isPaused: () => paused && mustWait(),
    lag: () => reading.current().lag(),
    async close() {
      closed = true;
      more.tell();
      // What is done does not come again.
      await publishing;
      await Promise.all(acknowledging);
      const left = await reading.close();
      // A subscription that could not be closed does not end what is read from it.
      if (left || busy) await ended;
    },
  };
}
