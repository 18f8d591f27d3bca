import { InfraError } from "../../core/errors.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Bus } from "../../core/ports/bus.js";
import { waitedTopics } from "../../core/plan/waited-topics.js";
import { isReadable } from "../live/bind.js";
import { patiently } from "../patience.js";
import { replyTopics } from "../request/reply-batches.js";
import type { World } from "../world.js";
import type { Consumer } from "./consumer.js";

/** What runs of a plan wait for: a topic that somebody has to read for them. */
export interface Awaited {
  readonly is: "message" | "reply";
  readonly topic: string;
  readonly plan: FlowPlan;
}

/** I37: an open run keeps its version to its end. What that one needs to be read, and no flow that is served has any more, is read as it says. */
export interface Older {
  /** Once more: runs may have come, and versions gone. */
  look(): Promise<void>;
  /** Of open runs, those that are not served. */
  plans(): readonly FlowPlan[];
  consumers(): readonly Consumer[];
  close(): Promise<void>;
}

export interface OlderHooks {
  isServed(plan: FlowPlan): boolean;
  /** Whether somebody else reads it: a flow that is served, or another process. */
  isRead(awaited: Awaited): boolean;
  read(awaited: Awaited, from: Bus): Promise<Consumer>;
  /** Its tasks, as far as they are this process's. */
  readTasks(plan: FlowPlan): Promise<void>;
}

/** A topic that cannot be read is asked for again: the broker may be back. */
const AGAIN_MS = 30_000;

export function createOlder(world: World, { isServed, isRead, read, readTasks }: OlderHooks): Older {
  const { store, bus, clock, observer } = world.ports;
  const known = new Map<string, FlowPlan>();
  const reading = new Map<string, Consumer>();
  const said = new Set<string>();
  let looking: Promise<void> = Promise.resolve();
  let again: (() => void) | null = null;

  const plans = (): readonly FlowPlan[] => [...known.values()].filter((plan) => !isServed(plan));

  async function lookOnce(): Promise<void> {
    for (const hash of await patiently(clock, world.stopped, () => store.openPlans())) {
      const plan = known.get(hash) ?? (await patiently(clock, world.stopped, () => store.plan(hash)));
      // Where its runs stand still one that this flowctl does not read is told of.
      if (plan !== null && isReadable(plan)) known.set(hash, plan);
    }
    for (const plan of plans()) {
      await trying(plan, "its tasks", () => readTasks(plan));
      for (const awaited of awaitedBy(plan)) await trying(plan, `\`${awaited.topic}\``, () => begin(awaited));
    }
  }

  async function begin(awaited: Awaited): Promise<void> {
    const { is, topic, plan } = awaited;
    const name = JSON.stringify(is === "reply" ? [is, topic] : [is, topic, plan.id]);
    if (bus === null || reading.has(name) || isRead(awaited)) return;
    reading.set(name, await read(awaited, bus));
  }

  /** A topic that only an older version reads may be gone with it. That is told, and tried again: the flows that are served need none of it. */
  async function trying(plan: FlowPlan, what: string, act: () => Promise<void>): Promise<void> {
    if (world.stopped()) return;
    try {
      await act();
    } catch (thrown) {
      if (!(thrown instanceof InfraError)) throw thrown;
      if (!said.has(thrown.message)) observer.notice?.(`open runs of an older version of \`${plan.id}\` need ${what}: ${thrown.message}`);
      said.add(thrown.message);
      again ??= clock.after(AGAIN_MS, () => {
        again = null;
        look().catch(world.failed);
      });
    }
  }

  const look = (): Promise<void> => (looking = looking.catch(() => undefined).then(lookOnce));

  return {
    look,
    plans,
    consumers: () => [...reading.values()],
    async close() {
      // Who asked for it hears how it ended.
      await looking.catch(() => undefined);
      again?.();
      await Promise.all([...reading.values()].map((one) => one.close()));
    },
  };
}

const awaitedBy = (plan: FlowPlan): readonly Awaited[] => [
  ...[...replyTopics(plan)].map((topic) => ({ is: "reply" as const, topic, plan })),
  ...[...waitedTopics(plan)].map((topic) => ({ is: "message" as const, topic, plan })),
];
