import { EXIT, type ExitCode } from "../exit.js";

/** What ended a command that runs until it is stopped. */
export interface Interrupt {
  /** Resolves at the first signal. */
  readonly promise: Promise<void>;
  was(): ExitCode | null;
  /** As if Ctrl-C had been pressed: the terminal UI reads the keys itself. */
  stop(): void;
  off(): void;
}

/** The first Ctrl-C (or SIGTERM) ends the command in order, a second one at once. */
export function onInterrupt(): Interrupt {
  let was: ExitCode | null = null;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (code: ExitCode): void => {
    if (was !== null) process.exit(EXIT.interrupted);
    was = code;
    process.stderr.write("\nflowctl: stopping; once more to end at once\n");
    resolve();
  };
  const interrupted = (): void => end(EXIT.interrupted);
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  return {
    promise,
    was: () => was,
    stop: interrupted,
    off() {
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
    },
  };
}
