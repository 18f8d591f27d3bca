import type { ExitCode } from "../exit.js";
import { reportFailure } from "../failure.js";

/** Longer than a process needs to end in order: five seconds for what is under way, and goodbyes. */
const END_MS = 15_000;

/**
 * From now on the process has so long to end in order. Then it ends: what it waits for is a server that is silent, and
 * whoever watches over it has to hear of it. It is a crash like any other, which loses nothing that is recorded. `failure`:
 * why it ends, where that is not by a signal.
 */
export function endAtLast(code: () => ExitCode, failure: { readonly cause: unknown } | null): void {
  const end = (): void => {
    if (failure !== null) process.exit(reportFailure(failure.cause));
    process.stderr.write(`flowctl: a server did not answer for ${END_MS / 1000} seconds: ended without its goodbye; what is under way goes on elsewhere, or at the next start\n`);
    process.exit(code());
  };
  setTimeout(end, END_MS).unref();
}
