import type { Path } from "../../../core/run-id.js";
import { enter, leave } from "../active-run.js";
import type { Frame } from "../frame.js";
import { isFatal } from "../raised.js";
import { addRest } from "../rests.js";
import type { Race } from "./branches.js";
import { leftRest } from "./decision.js";
import { race } from "./race.js";

/** Starts again what `rest: finish` has left running behind a join whose own end is recorded. */
export function resumeRest(of: () => Race, frame: Frame, path: Path): void {
  const { run, rests } = frame;
  if (frame.undo !== null || !leftRest(run, path)) return;
  enter(run);
  const again = race({ ...of(), frame: { ...frame, scope: rests.scope } })
    .catch((thrown: unknown) => {
      if (isFatal(thrown)) run.fatal ??= thrown;
    })
    .finally(() => leave(run));
  addRest(rests, again.then(() => undefined));
}
