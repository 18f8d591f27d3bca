import type { Json } from "../../core/json.js";
import { RuntimeClosed } from "../runtime-closed.js";
import type { Drive, RunReport } from "../world.js";
import type { StartManually } from "./manual.js";

/** Runs that were started by hand, and whoever waits for them. */
export interface RunsByHand {
  underWay(): number;
  /** How the run ended. Rejects with the cause that `giveUp` is told, when that comes first. */
  start(begin: StartManually, input: Json, drive: Drive | undefined): Promise<RunReport>;
  /** None of them is waited for any more. */
  giveUp(cause: unknown): void;
}

/** `ended` is called behind each run that has ended or was given up. */
export function createRunsByHand(stopped: () => boolean, ended: () => void): RunsByHand {
  const underWay = new Set<(cause: unknown) => void>();
  return {
    underWay: () => underWay.size,
    async start(begin, input, drive) {
      if (stopped()) throw new RuntimeClosed();
      const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
      underWay.add(reject);
      begin(input, drive).then(resolve, reject);
      try {
        return await promise;
      } finally {
        underWay.delete(reject);
        ended();
      }
    },
    giveUp(cause) {
      for (const reject of underWay) reject(cause);
    },
  };
}
