import { render, type useApp } from "ink";
import type { RunId } from "../core/run-id.js";
import { App } from "./app.js";
import { realClock } from "./clock.js";
import { createController, type Outer } from "./controller.js";
import type { Size } from "./frame.js";
import type { TuiSource } from "./source.js";
import { createTuiStore, type StoreClock } from "./store.js";

export interface TuiOptions {
  /** Opened at once; null: the list of runs. */
  readonly run: RunId | null;
  readonly color: boolean;
  /** Absent: real time. */
  readonly clock?: StoreClock;
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout?: NodeJS.WritableStream & Size;
}

/** How the person left: `interrupted` is Ctrl-C, which a terminal in raw mode does not send as a signal. */
export type TuiEnd = "quit" | "interrupted" | "closed";

export interface Tui {
  /** The terminal is as it was before. Rejects when drawing failed. */
  readonly done: Promise<TuiEnd>;
  close(): void;
}

/** Frames a second that are written at most. */
const MAX_FPS = 15;
/** A stopped process goes on behind the signal that stops it: by then the shell has continued it. */
const STOPPED_MS = 100;

/** Takes the whole terminal over, until `q`, Ctrl-C or `close`. Every end of the process leaves the terminal as it was. */
export function startTui(source: TuiSource, options: TuiOptions): Tui {
  const stdout = options.stdout ?? process.stdout;
  const clock = options.clock ?? realClock;
  const store = createTuiStore(source, clock);
  let app: ReturnType<typeof useApp> | null = null;
  let end: TuiEnd = "closed";

  const outer = (what: Outer): void => {
    if (what === "suspend") {
      if (app !== null) void suspend(app);
      return;
    }
    end = what === "quit" ? "quit" : "interrupted";
    instance.unmount();
  };
  const controller = createController(store, options.run, { columns: stdout.columns, rows: stdout.rows }, outer);
  const ready = (made: ReturnType<typeof useApp>): void => {
    app = made;
  };
  const instance = render(<App controller={controller} color={options.color} onReady={ready} />, {
    stdout,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    // Whether this is a terminal was decided by whoever called: CI runners are terminals too.
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    // Whoever writes to the console writes to the process's own terminal.
    patchConsole: stdout === process.stdout,
    maxFps: MAX_FPS,
  });
  return { done: ended(instance, store, () => end), close: () => instance.unmount() };
}

async function ended(instance: ReturnType<typeof render>, store: { close(): void }, end: () => TuiEnd): Promise<TuiEnd> {
  try {
    await instance.waitUntilExit();
    return end();
  } finally {
    store.close();
  }
}

/** Ctrl-Z: the shell gets its terminal, and `fg` gives it back. */
async function suspend(app: ReturnType<typeof useApp>): Promise<void> {
  const suspension = await app.suspendTerminal();
  process.kill(0, "SIGTSTP");
  // Nothing else keeps the process alive meanwhile.
  setTimeout(() => void suspension.resume(), STOPPED_MS);
}
