import type { Semaphore } from "../policy/semaphore.js";
import { orCancelled, type Scope } from "./scope.js";

/**
 * A place of the policy's `concurrency`, as the function that gives it back; one that comes after a cancellation is given
 * back at once. `near`: it comes soon, or is there.
 */
export async function takePlace(semaphore: Semaphore | null, within: Scope, near?: () => void): Promise<(() => void) | undefined> {
  if (semaphore === null) return undefined;
  const taking = semaphore.take(near === undefined ? undefined : () => within.cancelled === null && near());
  try {
    return await orCancelled(within, taking);
  } catch (thrown) {
    void taking.then((leave) => leave());
    throw thrown;
  }
}
