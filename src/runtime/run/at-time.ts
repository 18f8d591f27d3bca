import { startTimer, type ActiveRun } from "./active-run.js";

/** A clock that was set is noticed so late, and a machine that slept: timers do not run then. */
const LOOK_MS = 60_000;

/** Calls `fire` when the clock has come to `due`, as for a run that is parked (I15), unless withdrawn or the run is dropped. */
export function atTime(run: ActiveRun, due: number, fire: () => void): () => void {
  const { clock } = run.ctx.ports;
  return lookUntil(run, due, () => clock.now() >= due, fire);
}

/** The same for a time limit, which is over as well when so much time has passed, wherever the clock stands. */
export function inTime(run: ActiveRun, due: number, fire: () => void): () => void {
  const { clock } = run.ctx.ports;
  const passed = clock.monotonic() + due - clock.now();
  return lookUntil(run, due, () => clock.now() >= due || clock.monotonic() >= passed, fire);
}

function lookUntil(run: ActiveRun, due: number, isOver: () => boolean, fire: () => void): () => void {
  let stop = (): void => undefined;
  const arm = (): void => {
    stop = startTimer(run, Math.min(due - run.ctx.ports.clock.now(), LOOK_MS), () => (isOver() ? fire() : arm()));
  };
  arm();
  return () => stop();
}
