import { enter, leave, type ActiveRun } from "./active-run.js";
import type { Frame } from "./frame.js";
import { isFatal } from "./raised.js";
import type { Scope } from "./scope.js";

/** What `rest: finish` left running inside a step or a flow, which ends when that does: replay does not look into what has ended (I5). */
export interface Rests {
  /** What cancels it. */
  scope: Scope;
  readonly open: Set<Promise<void>>;
}

export const openRests = (scope: Scope): Rests => ({ scope, open: new Set() });

/** Adds what goes on until its promise resolves. */
export function addRest({ open }: Rests, rest: Promise<void>): void {
  open.add(rest);
  void rest.finally(() => open.delete(rest));
}

/** Does a part of a run that ends, however it ends, when what it left running does. */
export async function withRests<T>(frame: Frame, work: (within: Frame) => Promise<T>): Promise<T> {
  const rests = openRests(frame.scope);
  try {
    const result = await work({ ...frame, rests });
    if (rests.open.size > 0) await restsEnd(frame.run, rests.open);
    return result;
  } catch (thrown) {
    if (rests.open.size > 0 && !isFatal(thrown)) await restsEnd(frame.run, rests.open);
    throw thrown;
  }
}

export async function restsEnd(run: ActiveRun, open: ReadonlySet<Promise<void>>): Promise<void> {
  if (open.size > 0) {
    leave(run);
    while (open.size > 0) await Promise.all(open);
    enter(run);
  }
  if (run.fatal !== null) throw run.fatal;
}
