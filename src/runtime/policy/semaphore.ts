/** At most `limit` holders at once; others wait in order. Per process. */
export interface Semaphore {
  /** Resolves with the function that gives the place back. `near`: it has a place, or gets one of the next. */
  take(near?: () => void): Promise<() => void>;
}

interface Waiting {
  readonly go: () => void;
  readonly near: (() => void) | undefined;
}

export function makeSemaphore(limit: number): Semaphore {
  let free = limit;
  const waiting: Waiting[] = [];
  /** So many of those that wait are near. */
  const next = Math.ceil(limit / 4);
  const release = (): void => {
    const first = waiting.shift();
    if (first === undefined) free += 1;
    else first.go();
    waiting[next - 1]?.near?.();
  };
  return {
    async take(near) {
      if (free > 0) {
        free -= 1;
        near?.();
      } else {
        await new Promise<void>((go) => {
          if (waiting.push({ go, near }) <= next) near?.();
        });
      }
      let held = true;
      return () => {
        if (held) release();
        held = false;
      };
    },
  };
}
