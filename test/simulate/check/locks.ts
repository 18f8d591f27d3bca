import type { Remains } from "../simulate.js";

/** When all runs have ended nobody has a lock. */
export async function* checkLocks({ store, log }: Remains): AsyncGenerator<string> {
  const names = new Set(log.flatMap(({ type, data }) => (type === "wait.opened" && data.lock !== undefined ? [data.lock] : [])));
  for (const name of names) if ((await store.lockHead(name)) !== null) yield `the lock ${name} is held although all runs have ended`;
}
