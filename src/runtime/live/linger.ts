import type { Wait } from "../../core/event.js";
import type { World } from "../world.js";
import type { OwnedRun } from "./owned-run.js";
import { goesOn } from "./rest.js";

/** How long a run stays in memory that waits for runs which it has started. */
const LINGER_MS = 200;

/**
 * A run that came to a stand: it rests at once, or keeps its place for a moment where a run that it has started may end
 * soon. Then neither its rest is written, nor its journal read again (I12); whoever wants the place has it at once (I19).
 */
export function linger(run: OwnedRun, rest: () => void, world: World): void {
  const { handle, slots, admitted } = run;
  const standing = handle?.standing() ?? null;
  if (handle === null || standing === null) return;
  run.stay?.();
  if (!isBrief(run, standing.waits, world)) return rest();
  const over = (): void => {
    run.stay?.();
    if (handle.standing() !== null) rest();
  };
  const cancel = handle.later(LINGER_MS, over);
  run.stay = () => {
    run.stay = null;
    cancel();
    slots.stay(admitted.run);
  };
  slots.linger(admitted.run, over);
}

/** Its lane's next one waits for it to rest, where that is said (I18). */
const isBrief = ({ admitted }: OwnedRun, waits: readonly Wait[], world: World): boolean =>
  waits.some(({ kind }) => kind === "child") && goesOn(waits, world) && admitted.lane?.releaseParked !== true;
