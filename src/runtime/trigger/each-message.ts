import type { Delivery } from "../../core/ports/bus.js";
import type { World } from "../world.js";
import { acknowledged } from "./acknowledged.js";
import { deadLetterOf } from "./dead-letter.js";
import { createDeliver } from "./deliver.js";
import type { Poison } from "./poison.js";
import type { HandleBatch } from "./pure-batch.js";

/**
 * Messages that have nothing to do with each other: all of a batch at once, acknowledged when each is handled or, where it
 * is not understood (`handle` gives why), a dead letter in the store under `name`.
 */
export function eachMessage(name: string, handle: (delivery: Delivery) => Promise<Poison | null>, world: World): HandleBatch {
  const deliver = createDeliver({ id: name }, undefined, world);
  return async (batch, subscription) => {
    const ends = await Promise.all(batch.map(handle));
    const letters = ends.flatMap((end) => (end === null ? [] : [deadLetterOf(name, end)]));
    if (letters.length > 0 && !(await deliver([], letters))) return undefined;
    world.stats.counters.messages += batch.length;
    return acknowledged(batch, subscription, world);
  };
}
