import { type Journal, JournalLost, type OwnedJournal } from "../run/journal.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import type { AdmittedRun } from "./admitted-run.js";
import { abandon } from "./drive.js";
import { takeIn } from "./take-in.js";
import { wakeIfOpen } from "./wake-if-open.js";

/**
 * What the run appends first goes with its admission, and acts when that is durable (I4): one commit less. `refused`: it
 * is there already, or its shard is another process's; then nothing of it is left in memory. A turn of its mailbox: what is
 * asked of it meanwhile is asked of the one that is there (I13); who wanted to wake that one has passed it by, and it
 * wakes.
 */
export async function beginEarly(admitted: AdmittedRun, journal: OwnedJournal, slots: Slots, world: World): Promise<"begun" | "refused"> {
  const { live } = world;
  const begun = live.admissions.early(admitted.run, isDurable(journal, world), () => {
    if (live.owned.get(admitted.run) === owned) abandon(owned, world);
  });
  const owned = takeIn(admitted, journal, slots, world);
  const early = await begun;
  // A shard that went while the admission was under way may have come back before anybody saw it.
  const isMissed = early === "passed by" || (early === "begun" && owned.abandoned && world.shards.owns(admitted.run));
  if (isMissed) await wakeIfOpen(admitted.run, world);
  return early === "begun" ? "begun" : "refused";
}

/** False where somebody else has the id. */
export function isDurable(journal: Journal, { stopped }: World): Promise<boolean> {
  return journal.barrier().then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof JournalLost && !stopped()) return false;
      throw thrown;
    },
  );
}
