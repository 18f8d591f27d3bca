import type { RunOptions } from "../commands/run.js";
import type { Wired } from "../wire.js";
import type { Interrupt } from "./interrupt.js";

/** How a serving process shows what its runs do. */
export interface Shown {
  say(text: string): void;
  end(): Promise<void>;
}

/** The terminal UI on a terminal, else log lines on stderr. */
export async function showRuns(wired: Wired, _options: RunOptions, _interrupt: Interrupt): Promise<Shown> {
  const say = (text: string): void => void process.stderr.write(`flowctl: ${text}\n`);
  const stop = wired.observe({ event: () => undefined, notice: say, pure: false });
  return { say, end: async () => stop() };
}
