import type { QueuePlan } from "../../../core/plan/step.js";
import type { Site } from "../../../core/queues.js";
import { textOf } from "../../../expr/evaluate/text-of.js";
import type { Bare } from "../bare.js";
import type { Maker } from "../ready.js";

/** The workers that a step names; null: it has no queue. */
export function makeSite(maker: Maker, queue: QueuePlan | undefined): (env: Bare) => Site | null {
  if (queue === undefined) return () => null;
  const { name } = queue;
  const key = queue.key === undefined ? null : maker.data(queue.key);
  return (env) => ({ queue: name, key: key === null ? null : textOf(key(env)) });
}
