import { admitChild } from "../child/admit.js";
import { readTask } from "../child/read-task.js";
import { decode, undecodable } from "../trigger/decode.js";
import { eachMessage } from "../trigger/each-message.js";
import { type Poison, poison } from "../trigger/poison.js";
import type { HandleBatch } from "../trigger/pure-batch.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { World } from "../world.js";

/** I25: each task becomes a run, and is acknowledged when that is durable: from then on it is the run's shard that matters, and no more the broker. */
export function taskBatches(name: string, world: World): HandleBatch {
  /** Null: it is admitted, now or before. */
  async function admit(delivery: Delivery): Promise<Poison | null> {
    let task: ReturnType<typeof readTask>;
    try {
      decode(delivery.body);
      task = readTask(Buffer.from(delivery.body).toString());
    } catch (thrown) {
      return poison(delivery, "decode", undecodable(delivery.body, thrown));
    }
    if (task === null) return poison(delivery, "schema", "it is no task of a queue");
    const plan = await world.childPlans(task);
    // I24: all who share a queue share a store.
    if (plan === null) return poison(delivery, "schema", `the store of this worker does not have the plan ${task.plan} of the step: workers of a queue and those who send to it share one store`);
    await admitChild(plan, task, world);
    return null;
  }

  return eachMessage(name, admit, world);
}
