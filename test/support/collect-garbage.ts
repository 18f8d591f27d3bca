import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** What nothing holds any more is gone then; what WeakRefs of this turn of the loop were made of goes in the next one. */
export async function collectGarbage(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (typeof collect !== "function") throw new TypeError("there is no gc");
  collect();
}
