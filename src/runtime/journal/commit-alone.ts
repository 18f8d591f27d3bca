import type { CommitItem, CommitResult } from "../../core/ports/store.js";
import { patiently, Stopped } from "../patience.js";
import type { RuntimePorts } from "../ports.js";

/** An item of a run that this process does not drive: again until the store says what became of it (I2). Rejects with Stopped, with nothing committed, where the runtime is closed before the first try. */
export async function commitAlone(item: CommitItem, { store, clock }: Pick<RuntimePorts, "store" | "clock">, stopped: () => boolean): Promise<CommitResult | undefined> {
  if (stopped()) throw new Stopped(null);
  const [result] = await patiently(clock, stopped, () => store.commit([item]));
  return result;
}
