import { EXIT, type ExitCode } from "../exit.js";

/** What ends a command that runs until it is stopped. */
export interface Interrupt {
  /** Resolves when the command is to end in order; rejects when it cannot go on. */
  readonly promise: Promise<void>;
  was(): ExitCode | null;
  /** As a signal does: the terminal UI reads the keys itself. */
  stop(code: ExitCode): void;
  readonly fail: (cause: unknown) => void;
  off(): void;
}

/** The first Ctrl-C or SIGTERM ends the command in order, a second one at once. `served`: SIGTERM is how a server's life ends well. */
export function onInterrupt({ served }: { readonly served: boolean }): Interrupt {
  let was: ExitCode | null = null;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const stop = (code: ExitCode): void => {
    if (was !== null) process.exit(EXIT.interrupted);
    was = code;
    // A terminal shows ^C at the line's begin.
    process.stderr.write(`${process.stderr.isTTY ? "\n" : ""}flowctl: stopping; once more to end at once\n`);
    resolve();
  };
  const interrupted = (): void => stop(EXIT.interrupted);
  const terminated = (): void => stop(served ? EXIT.ok : EXIT.interrupted);
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", terminated);
  return {
    promise,
    was: () => was,
    stop,
    fail: reject,
    off() {
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", terminated);
    },
  };
}
