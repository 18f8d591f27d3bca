import { printable } from "../../core/cells.js";
import type { RunOptions } from "../commands/run.js";
import { CommandError, EXIT } from "../exit.js";
import { jsonText } from "../format/json-text.js";
import { me } from "../operator/me.js";
import { hasScreen, wantsColor } from "../terminal.js";
import type { Wired } from "../wire.js";
import { holdStderr } from "./hold-stderr.js";
import type { Interrupt } from "./interrupt.js";
import { logLine } from "./log-line.js";
import { sayLog } from "./say-log.js";

/** How a serving process shows what its runs do. */
export interface Shown {
  say(text: string): void;
  end(): Promise<void>;
}

/** The terminal UI on a terminal, else log lines on stderr. */
export async function showRuns(wired: Wired, { tui, output }: RunOptions, interrupt: Interrupt): Promise<Shown> {
  const terminal = hasScreen();
  if (tui === true && !terminal) throw new CommandError(EXIT.usage, "`--tui` needs a terminal", "leave it out: log lines go to stderr");
  return terminal && tui !== false && output === "text" ? terminalUi(wired, interrupt) : logLines(wired, output === "json");
}

async function terminalUi(wired: Wired, interrupt: Interrupt): Promise<Shown> {
  const [{ startTui }, { operatorSource }] = await Promise.all([import("../../tui/start.js"), import("../../tui/operator-source.js")]);
  // What is said meanwhile is printed when the terminal is its own again.
  const release = holdStderr();
  const ui = startTui(operatorSource(wired.operator, me()), { run: null, color: wantsColor(process.stdout) });
  const done = followUi(ui.done, interrupt);
  return {
    say,
    async end() {
      ui.close();
      await done;
      release();
    },
  };
}

/** The person who closes the terminal UI of a serving process ends it. */
async function followUi(ended: Promise<"quit" | "interrupted" | "closed">, interrupt: Interrupt): Promise<void> {
  try {
    const end = await ended;
    if (end !== "closed") interrupt.stop(end === "quit" ? EXIT.ok : EXIT.interrupted);
  } catch (error) {
    interrupt.fail(error);
  }
}

function logLines(wired: Wired, json: boolean): Shown {
  const write = (text: string): void => void process.stderr.write(text);
  const stop = wired.observe({
    pure: false,
    event(event) {
      const line = json ? `${jsonText(event)}\n` : logLine(event);
      if (line !== null) write(line);
    },
    log: json ? (line) => write(`${jsonText({ type: "log", ...line })}\n`) : sayLog,
    notice: say,
  });
  return {
    say,
    end() {
      stop();
      return Promise.resolve();
    },
  };
}

/** Others' text stands in it: a message that does not decode, an error of a service. */
const say = (text: string): void => void process.stderr.write(`flowctl: ${text.split("\n").map(printable).join("\n  ")}\n`);
