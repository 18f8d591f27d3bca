import type { RunId } from "../../core/run-id.js";

/** One turn after another for each run (I13): loading, requests, timers and the drop never meet. */
export interface Mailbox {
  turn<T>(run: RunId, work: () => Promise<T>): Promise<T>;
}

export function createMailbox(): Mailbox {
  const last = new Map<RunId, Promise<unknown>>();
  return {
    turn(run, work) {
      const before = last.get(run);
      const mine = before === undefined ? work() : before.then(work, work);
      last.set(run, mine);
      const over = (): void => {
        if (last.get(run) === mine) last.delete(run);
      };
      mine.then(over, over);
      return mine;
    },
  };
}
