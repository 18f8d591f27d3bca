export interface Kept<T> {
  use<R>(act: (one: T) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

interface Opened<T> {
  readonly one: Promise<T>;
  users: number;
  failed: boolean;
}

/** Opened at its first use. After a failure the next use opens another: the library keeps a topic that is gone among those it asks for, and then fails for all. */
export function kept<T>(open: () => Promise<T>, shut: (one: T) => Promise<void>): Kept<T> {
  let current: Opened<T> | null = null;
  const drop = ({ one }: Opened<T>): Promise<void> => one.then(shut).catch(() => undefined);
  return {
    async use(act) {
      const mine = (current ??= { one: open(), users: 0, failed: false });
      mine.users += 1;
      try {
        return await act(await mine.one);
      } catch (error) {
        mine.failed = true;
        if (current === mine) current = null;
        throw error;
      } finally {
        mine.users -= 1;
        // Others that use it come to their end first.
        if (mine.failed && mine.users === 0) await drop(mine);
      }
    },
    async close() {
      const mine = current;
      current = null;
      if (mine !== null) await drop(mine);
    },
  };
}
