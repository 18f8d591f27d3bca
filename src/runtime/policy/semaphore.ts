/** At most `limit` holders at once; others wait in order. Per process. */
export interface Semaphore {
  /** Resolves with the function that gives the place back. */
  take(): Promise<() => void>;
}

export function makeSemaphore(limit: number): Semaphore {
  let free = limit;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((go) => waiting.push(go));
      let held = true;
      return () => {
        if (held) release();
        held = false;
      };
    },
  };
}
