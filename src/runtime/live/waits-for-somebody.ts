import type { Wait } from "../../core/event.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";

/** Whether what a run waits for comes from outside, by what the store says of it: also through the runs that it has started. `goesOn` says it of those that this process has. */
export async function waitsForSomebody(waits: readonly Wait[], world: Pick<World, "ports" | "stopped">): Promise<boolean> {
  const { store, clock } = world.ports;
  for (const { kind, run } of waits) {
    if (kind === "timer" || kind === "lock") continue;
    if (kind !== "child" || run === undefined) return true;
    const child = await patiently(clock, world.stopped, () => store.run(run));
    if (child?.status === null && (await waitsForSomebody(child.waits, world))) return true;
  }
  return false;
}
