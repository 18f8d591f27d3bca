import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Json } from "../../core/json.js";
import type { TextMessage } from "../../core/ports/bus.js";
import { type Path, shardOf, type RunId } from "../../core/run-id.js";
import { endName } from "../../core/signal-name.js";
import { actOn } from "../live/act-on.js";
import { patiently, Stopped } from "../patience.js";
import { JournalLost } from "../run/journal.js";
import type { World } from "../world.js";
import { admitChild } from "./admit.js";
import { giveUp } from "./give-up.js";
import type { ChildPlans } from "./plans.js";
import { type Admit, type Task, taskOf, type Unclaimed } from "./task.js";

/** Does what runs have to do with others, once it is durable that they have to. */
export interface Tasks {
  put(run: RunId, message: TextMessage): void;
  /** What an earlier process left is in memory: runs may be started and told of each other. */
  start(): void;
  /** A task that the broker will never take. */
  refused(message: TextMessage, reason: string): Promise<void>;
  /** Not done yet. */
  waiting(): number;
}

export function createTasks(world: () => World, plans: ChildPlans): Tasks {
  const begun = Promise.withResolvers<void>();
  /** By child: one after the other. */
  const last = new Map<string, Promise<void>>();
  let waiting = 0;

  async function perform(run: RunId, message: TextMessage): Promise<void> {
    // Its shard is another process's: that one finds the row.
    if (world().stopped() || !world().shards.owns(run)) return;
    await settle(run, message);
  }

  async function settle(run: RunId, message: TextMessage): Promise<void> {
    const { ports, stopped } = world();
    await act(taskOf(message));
    await patiently(ports.clock, stopped, () => ports.store.published(shardOf(run), [message.id]));
  }

  async function act(task: Task): Promise<void> {
    const { clock } = world().ports;
    switch (task.do) {
      case "admit":
        return admitChild(await planOf(task), task, world());
      case "cancel": {
        const { child, by, reason, unclaimed } = task;
        if (unclaimed !== undefined && (await withdrawn(child, unclaimed, { status: "cancelled" }))) return;
        await actOn({ id: `${child}/cancel`, run: child, at: clock.now(), by, request: { kind: "cancel", reason } }, world(), false);
        return;
      }
      case "give up": {
        await withdrawn(task.child, task.unclaimed, { status: "unclaimed" });
        return;
      }
      case "finished":
        return tell(task.parent, task.path, task.child, task.end);
    }
  }

  /** Whoever has it already, or has ended, does not take it again. */
  async function tell(parent: RunId, path: Path, child: RunId, end: Json): Promise<void> {
    await actOn({ id: `${child}/finished`, run: parent, at: world().ports.clock.now(), by: `run ${child}`, request: { kind: "signal", name: endName(path), payload: end } }, world(), false);
  }

  /** Whether nobody had begun it; nobody will then. */
  async function withdrawn(child: RunId, unclaimed: Unclaimed, end: Json): Promise<boolean> {
    const news = await giveUp(await planOf(unclaimed), child, unclaimed, end, world());
    if (news !== null) await settle(child, news);
    return news !== null;
  }

  async function planOf(task: Pick<Admit, "plan" | "as">): Promise<FlowPlan> {
    const plan = await plans(task);
    if (plan === null) throw new TypeError(`the store does not have the plan ${task.plan}`);
    return plan;
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
    async refused(message, reason) {
      const task: Admit = JSON.parse(message.body);
      const { child, parent } = task;
      await tell(parent.run, parent.path, child, { status: "failed", error: { code: "limit", message: `the broker does not take the task: ${reason}` } });
    },
    waiting: () => waiting,
  };

  /** The row stays: the next process does it. */
  function missed(thrown: unknown): void {
    if (!(thrown instanceof JournalLost || thrown instanceof Stopped)) world().failed(thrown);
  }
}
