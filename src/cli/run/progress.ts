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
        const { messages, runs, completed, failed, parked, modelCalls, usd } = stats();
        const open = runs - completed - failed - parked;
        stderr.write(`\r\u001b[K${messages} messages, ${runs} runs, ${open} running, ${modelCalls} model calls, $${usd.toFixed(4)}`);
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
