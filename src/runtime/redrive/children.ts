import { StepError } from "../../core/errors.js";
import type { Again } from "../../core/event.js";
import { Stopped } from "../patience.js";
import type { RunContext } from "../run/context.js";
import type { Before } from "./before.js";
import { againOf, type Cannot, type Reading } from "./earlier.js";
import { plainPath } from "./renewed.js";

/** For the steps of a run that is after another one (I17). */
export function childrenAfter(before: () => Promise<Before>, reading: Reading): NonNullable<RunContext["againOf"]> {
  return async (path, child, keys, plan) => {
    const look = async (): Promise<Again | Cannot | null> => {
      const { children, lost } = await before();
      const earlier = children.get(plainPath(path)) ?? [];
      return lost !== null && earlier.length === 0 ? { cannot: `the journal of run ${lost} is not kept any more` } : againOf(earlier, { run: child, keyRun: keys, plan }, reading);
    };
    // A runtime that is closed begins nothing any more.
    const again = await look().catch((thrown: unknown): Promise<never> => (thrown instanceof Stopped ? new Promise(() => undefined) : Promise.reject(thrown)));
    if (again !== null && "cannot" in again) throw new StepError("conflict", `what this step started in an earlier run of the same message is not known: ${again.cannot}`);
    return again;
  };
}
