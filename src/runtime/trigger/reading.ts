import { elapse } from "../../core/elapse.js";
import { InfraError } from "../../core/errors.js";
import { clauseOf } from "../../core/message-of.js";
import type { Bus, Delivery, Subscription } from "../../core/ports/bus.js";
import { isBug } from "../is-bug.js";
import { patiently, Stopped } from "../patience.js";
import type { RuntimePorts } from "../ports.js";
import { createTrouble } from "../trouble.js";
import type { TopicTrigger } from "./variables.js";

/** A batch, and where it came from. */
export interface ReadBatch {
  readonly batch: readonly Delivery[];
  readonly from: Subscription;
}

/** What a trigger reads, over as many subscriptions as it takes: a broker that is away for a moment delays it. */
export interface Reading {
  /** Until it is closed. Nothing is read before the next batch is asked for. */
  readonly batches: AsyncIterable<ReadBatch>;
  /** What is read from now. */
  current(): Subscription;
  /** False: it could not be closed before the process ends. */
  close(): Promise<boolean>;
}

/** Messages that are read at once, where nobody says another number. */
export const BATCH = 256;
const FIRST_MS = 50;
const LONGEST_MS = 2000;
/** A subscription that has not failed for so long can be read, also where nothing comes. */
const STANDS_MS = 10_000;

/** `anew`: a broker that is away now is waited for as well; else this rejects. */
export async function startReading(bus: Bus, { topic, group, from, ordering }: TopicTrigger, { clock, observer }: RuntimePorts, stopped: () => boolean, anew: boolean, most = BATCH): Promise<Reading> {
  const subscribe = (): Promise<Subscription> => bus.subscribe({ topic, group, from: from ?? bus.from, maxBatch: most, notice: (text) => observer.notice?.(text), ...(ordering === undefined ? {} : { ordered: true }) });
  let closed = false;
  const over = (): boolean => closed || stopped();
  let subscription = anew ? await patiently(clock, over, subscribe) : await subscribe().catch((thrown: unknown) => Promise.reject(refused(topic, thrown)));
  const trouble = createTrouble(clock, (why) => observer.notice?.(`\`${topic}\` cannot be read: ${why}; it is read on as soon as it can`));
  /** The reason of a try that is made again is told as well. */
  async function subscribeAnew(): Promise<Subscription> {
    try {
      return await subscribe();
    } catch (thrown) {
      if (!over() && !(thrown instanceof InfraError) && !isBug(thrown)) trouble.failed(thrown);
      throw thrown;
    }
  }
  function works(): void {
    if (trouble.over()) observer.notice?.(`\`${topic}\` can be read again`);
  }
  let forgetStanding = (): void => undefined;
  function close(): Promise<void> {
    forgetStanding();
    return patiently(clock, stopped, () => subscription.close());
  }

  async function* batches(): AsyncGenerator<ReadBatch> {
    for (let delay = 0; ; delay = Math.min(Math.max(delay * 2, FIRST_MS), LONGEST_MS)) {
      try {
        for await (const batch of subscription.batches) {
          works();
          delay = 0;
          yield { batch, from: subscription };
        }
        return;
      } catch (thrown) {
        if (over()) return;
        if (thrown instanceof InfraError || isBug(thrown)) throw thrown;
        forgetStanding();
        trouble.failed(thrown);
      }
      if (!(await again(delay))) return;
    }
  }

  /** Another subscription goes on where the group is: what this one held comes again. False when it was closed meanwhile. */
  async function again(delay: number): Promise<boolean> {
    try {
      if (delay > 0) await elapse(clock, delay);
      await close();
      if (over()) return false;
      subscription = await patiently(clock, over, subscribeAnew);
      forgetStanding = clock.after(STANDS_MS, works);
      if (closed) await close();
      return !closed;
    } catch (thrown) {
      if (thrown instanceof Stopped) return false;
      throw thrown;
    }
  }

  return {
    batches: { [Symbol.asyncIterator]: batches },
    current: () => subscription,
    async close() {
      closed = true;
      try {
        await close();
        return true;
      } catch (thrown) {
        if (!(thrown instanceof Stopped)) throw thrown;
        // The group goes on without it.
        observer.notice?.(`\`${topic}\` was not left in order: ${clauseOf(thrown.cause)}`);
        return false;
      }
    },
  };
}

/** Before anything is read nobody waits: whoever started the process hears why. */
const refused = (topic: string, thrown: unknown): unknown =>
  thrown instanceof InfraError || isBug(thrown) ? thrown : new InfraError("FC6043", `\`${topic}\` cannot be read at the broker: ${clauseOf(thrown)}.`, { hint: "`flowctl doctor` says what it finds there; one that is just starting lets groups in after a moment", cause: thrown });

