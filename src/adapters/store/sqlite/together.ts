interface Asked<K, R> {
  readonly key: K;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What is asked one by one in a turn of the loop is asked for in one call: where thousands of timers are due at once, or
 * thousands of runs go on after a start, a message to the thread and its answer cost more than the row. `ask` gives as
 * many results as keys, in their order.
 */
export function together<K, R extends object | null>(ask: (keys: readonly K[]) => Promise<readonly R[]>): (key: K) => Promise<R> {
  let waiting: Asked<K, R>[] = [];
  async function askAll(): Promise<void> {
    const all = waiting;
    waiting = [];
    try {
      const results = await ask(all.map(({ key }) => key));
      for (const [at, { resolve, reject }] of all.entries()) {
        const result = results[at];
        if (result === undefined) reject(new TypeError("the database gave fewer rows than it was asked for"));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }
  return (key) =>
    new Promise((resolve, reject) => {
      // Behind the promises of this turn, which may ask too.
      if (waiting.length === 0) process.nextTick(() => void askAll());
      waiting.push({ key, resolve, reject });
    });
}
