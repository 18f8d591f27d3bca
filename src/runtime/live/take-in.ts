import { NO_HISTORY } from "../run/history.js";
import type { OwnedJournal } from "../run/journal.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import type { AdmittedRun } from "./admitted-run.js";
import { drive } from "./drive.js";
import { type OwnedRun, ownRun } from "./owned-run.js";

/** A run whose admission is appended begins as soon as it has a place. */
export function takeIn(admitted: AdmittedRun, journal: OwnedJournal, slots: Slots, world: World): OwnedRun {
  const lane = admitted.lane?.name ?? null;
  const run = ownRun(admitted, slots, journal, NO_HISTORY, { held: new Map(), parked: false, lane, owned: null });
  world.live.owned.set(admitted.run, run);
  slots.enter(admitted.run, lane, () => drive(run, world));
  return run;
}
