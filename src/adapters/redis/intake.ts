import { elapse } from "../../core/elapse.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { deliveryOf } from "./entry.js";
import { readAlone, readShared } from "./fresh.js";
import type { Hold } from "./hold.js";
import type { Link } from "./link.js";
import { recover } from "./recover.js";

/** How often members that are gone are looked for. */
const LOOK_MS = 1000;
const AGAIN_MS = 100;

export interface IntakeOf {
  readonly topic: string;
  readonly group: string;
  readonly consumer: string;
  readonly maxBatch: number;
  readonly ordered: boolean;
}

/** What comes to a member, from when its keys are its own. */
export interface Intake {
  /** Before anything new what was sent before, in the stream's order; a little later nothing. What is among it already is the caller's to know. */
  next(hold: Hold): Promise<readonly Delivery[]>;
}

export function createIntake(link: Link, reader: Link, clock: Clock, { topic, group, consumer, maxBatch: count, ordered }: IntakeOf): Intake {
  /** Entries that were somebody's are looked through from here; null: not now. */
  let looking: { readonly after: string | null; readonly own: boolean } | null = { after: null, own: true };
  let lookedAt = clock.monotonic();
  const pause = (): Promise<void> => elapse(clock, AGAIN_MS);

  async function look({ after, own }: NonNullable<typeof looking>): Promise<readonly Delivery[]> {
    const { entries, next } = await recover(link, { topic, group, consumer, after, count, all: ordered, own });
    looking = next === null ? null : { after: next, own };
    lookedAt = clock.monotonic();
    return entries.map(({ id, fields, attempt }) => deliveryOf(topic, id, fields, attempt));
  }
  async function fresh(): Promise<readonly Delivery[]> {
    const of = { topic, group, consumer, count };
    const read = await (ordered ? readAlone(link, reader, of) : readShared(reader, of));
    return read.map(([id, fields]) => deliveryOf(topic, id, fields, 1));
  }
  return {
    async next(hold) {
      if (!hold.isHeld()) {
        await pause();
        const trouble = hold.trouble();
        if (trouble !== null) throw trouble;
        return [];
      }
      // In order nobody else reads, so that there is nobody whose entries could be left over.
      if (looking === null && !ordered && clock.monotonic() - lookedAt > LOOK_MS) looking = { after: null, own: false };
      try {
        return await (looking === null ? fresh() : look(looking));
      } catch (thrown) {
        // What was sent and did not arrive is looked for.
        looking = { after: null, own: true };
        await pause();
        throw thrown;
      }
    },
  };
}
