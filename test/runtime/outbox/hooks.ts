import type { PublisherHooks } from "../../../src/runtime/outbox/publisher.js";

/** Of a process that owns every shard, has no tasks, and is asked by nobody. */
export const HOOKS: PublisherHooks = {
  owns: () => true,
  told: () => Promise.resolve(),
  published: () => undefined,
  idle: () => undefined,
  task: () => undefined,
  refusedTask: () => Promise.resolve(),
  refused: () => undefined,
  failed: () => undefined,
};
