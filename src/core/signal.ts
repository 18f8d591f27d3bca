/** Wakes whoever waits for a change, to look again. */
export interface Signal {
  /** Resolves at the next `tell`. */
  next(): Promise<void>;
  tell(): void;
}

export function createSignal(): Signal {
  let waiting: (() => void)[] = [];
  return {
    next: () => new Promise((resolve) => waiting.push(resolve)),
    tell() {
      if (waiting.length === 0) return;
      const told = waiting;
      waiting = [];
      for (const resolve of told) resolve();
    },
  };
}
