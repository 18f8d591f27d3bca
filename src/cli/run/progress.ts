import type { Summary } from "../wire.js";

/** How often the line is drawn again, ms. */
const EVERY_MS = 100;

/** One line on a terminal that says how far the run is; nothing where stderr is no terminal. */
export function startProgress(): { watch(stats: () => Summary): void; end(): void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { watch: () => undefined, end: () => undefined };
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write("\r\u001b[K");
    drawn = false;
  };
  return {
    watch(stats) {
      timer = setInterval(() => {
        stderr.write(`\r\u001b[K${progressLine(stats())}`);
        drawn = true;
      }, EVERY_MS);
      timer.unref();
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

export function progressLine({ messages, runs, completed, failed, cancelled, compensated, parked, modelCalls, usd }: Omit<Summary, "p50" | "p99">): string {
  // Runs that an earlier process began may end here too.
  const running = Math.max(runs - completed - failed - cancelled - compensated - parked, 0);
  return `${messages} messages, ${runs} runs, ${running} running, ${modelCalls} model calls, $${usd.toFixed(4)}`;
}
