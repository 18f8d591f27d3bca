import { childPlan } from "../../core/plan/child-plan.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Outgoing } from "../../core/ports/bus.js";
import { shardOf, type RunId } from "../../core/run-id.js";
import { actOn } from "../live/act-on.js";
import { patiently, Stopped } from "../patience.js";
import { JournalLost } from "../run/journal.js";
import type { World } from "../world.js";
import { admitChild } from "./admit.js";
import { endName, type Task, taskOf } from "./task.js";

/** Does what runs have to do with others, once it is durable that they have to. */
export interface Tasks {
  put(run: RunId, message: Outgoing): void;
  /** What an earlier process left is in memory: runs may be started and told of each other. */
  start(): void;
  /** Not done yet. */
  waiting(): number;
}

export function createTasks(world: () => World): Tasks {
  const begun = Promise.withResolvers<void>();
  /** By child: one after the other. */
  const last = new Map<string, Promise<void>>();
  const plans = new Map<string, Promise<FlowPlan>>();
  let waiting = 0;

  async function perform(run: RunId, message: Outgoing): Promise<void> {
    const { ports, stopped } = world();
    // Its shard is another process's: that one finds the row.
    if (stopped() || !world().shards.owns(run)) return;
    await act(taskOf(message));
    await patiently(ports.clock, stopped, () => ports.store.published(shardOf(run), [message.id]));
  }

  async function act(task: Task): Promise<void> {
    const { clock } = world().ports;
    switch (task.do) {
      case "admit":
        return admitChild(await planOf(task), task, world());
      case "cancel": {
        const { child, by, reason } = task;
        await actOn({ id: `${child}/cancel`, run: child, at: clock.now(), by, request: { kind: "cancel", reason } }, world(), false);
        return;
      }
      case "finished": {
        const { child, parent, path, end } = task;
        // Whoever has it already, or has ended, does not take it again.
        await actOn({ id: `${child}/finished`, run: parent, at: clock.now(), by: `run ${child}`, request: { kind: "signal", name: endName(path), payload: end } }, world(), false);
      }
    }
  }

  /** In the store before a run is admitted under it (I37). */
  function planOf({ plan: hash, as }: Task & { readonly do: "admit" }): Promise<FlowPlan> {
    const key = `${hash} ${as}`;
    const known = plans.get(key);
    if (known !== undefined) return known;
    const { ports, stopped } = world();
    const made = patiently(ports.clock, stopped, async () => {
      const plan = await ports.store.plan(hash);
      if (plan === null) throw new TypeError(`the store does not have the plan ${hash}`);
      const child = childPlan(plan, as);
      await ports.store.putPlan(child);
      return child;
    });
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    return made;
  }

  return {
    put(run, message) {
      waiting += 1;
      const key = message.key ?? "";
      const mine = (last.get(key) ?? begun.promise).then(() => perform(run, message));
      last.set(key, mine);
      mine.catch(missed).finally(() => {
        waiting -= 1;
        if (last.get(key) === mine) last.delete(key);
        world().changed();
      });
    },
    start: begun.resolve,
    waiting: () => waiting,
  };

  /** The row stays: the next process does it. */
  function missed(thrown: unknown): void {
    if (!(thrown instanceof JournalLost || thrown instanceof Stopped)) world().failed(thrown);
  }
}
