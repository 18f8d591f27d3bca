import { readFileSync } from "node:fs";
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

/** `served`: SIGTERM, or its terminal's end, is how a server's life ends well. */
interface Life {
  readonly served: boolean;
}

/**
 * While a command starts nothing is under way that could be ended in order: a signal ends it there and then. Left to the
 * system it would end by the signal, and as the first process of a container not at all.
 */
export function endWhileStarting(life: Life): Disposable {
  const off = onSignals(life, (code) => {
    say("stopped before it began");
    process.exit(code);
  });
  return { [Symbol.dispose]: off };
}

/** The first Ctrl-C, SIGTERM or SIGHUP ends the command in order, a second one at once. `starting` is over with it. */
export function onInterrupt(life: Life, starting: Disposable): Interrupt {
  let was: ExitCode | null = null;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const stop = (code: ExitCode): void => {
    if (was !== null) process.exit(EXIT.interrupted);
    was = code;
    say("stopping; once more to end at once");
    resolve();
  };
  const off = onSignals(life, stop);
  // Only now: a signal that is on its way while nobody listens would be lost.
  starting[Symbol.dispose]();
  return { promise, was: () => was, stop, fail: reject, off };
}

function onSignals({ served }: Life, then: (code: ExitCode) => void): () => void {
  const interrupted = (): void => then(EXIT.interrupted);
  const terminated = (): void => then(served ? EXIT.ok : EXIT.interrupted);
  const hangup = outlivesTerminal() ? [] : (["SIGHUP"] as const);
  process.on("SIGINT", interrupted);
  for (const signal of ["SIGTERM", ...hangup] as const) process.on(signal, terminated);
  return () => {
    process.off("SIGINT", interrupted);
    for (const signal of ["SIGTERM", ...hangup] as const) process.off(signal, terminated);
  };
}

/** Under `nohup` SIGHUP is ignored, and to listen would end that. Where nobody can say, it is left as it is. */
function outlivesTerminal(): boolean {
  try {
    const [, ignored = "1"] = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return Number.parseInt(ignored, 16) % 2 === 1;
  } catch {
    return true;
  }
}

// A terminal shows ^C at the line's begin.
const say = (text: string): boolean => process.stderr.write(`${process.stderr.isTTY ? "\n" : ""}flowctl: ${text}\n`);
