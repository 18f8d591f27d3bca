import type { Semaphore } from "../policy/semaphore.js";
import { orCancelled, type Scope } from "./scope.js";

/** A place of the policy's `concurrency`, as the function that gives it back; one that comes after a cancellation is given back at once. */
export async function takePlace(semaphore: Semaphore | null, within: Scope): Promise<(() => void) | undefined> {
  if (semaphore === null) return undefined;
  const taking = semaphore.take();
  try {
    return await orCancelled(within, taking);
  } catch (thrown) {
    void taking.then((leave) => leave());
    throw thrown;
  }
}
