import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { onTestFinished } from "vitest";
import { screenLines, untilShown } from "./screen.js";

/** A program in a real pseudo-terminal. */
export interface Pty {
  readonly pid: number;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  shows(what: string | RegExp | ((text: string) => boolean)): Promise<string>;
  text(): string;
  written(): string;
  /** What programs leave behind when they break: false when the main screen is shown with its cursor. */
  isTaken(): boolean;
  readonly exit: Promise<{ readonly status: number; readonly signal: number }>;
}

export function startPty(file: string, args: readonly string[], options: { readonly cwd: string; readonly columns?: number; readonly rows?: number; readonly env?: Readonly<Record<string, string>> }): Pty {
  const { columns = 100, rows = 30 } = options;
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const { NO_COLOR: _, ...env } = process.env;
  const pty = spawn(file, [...args], { name: "xterm-256color", cols: columns, rows, cwd: options.cwd, env: { ...env, ...options.env } });
  const watchers = new Set<() => void>();
  let written = "";
  let ended = false;
  pty.onData((chunk) => {
    written += chunk;
    terminal.write(chunk, () => {
      for (const check of watchers) check();
    });
  });
  const exit = new Promise<{ status: number; signal: number }>((done) => {
    pty.onExit(({ exitCode, signal }) => {
      ended = true;
      // What the program wrote last is drawn first.
      terminal.write("", () => done({ status: exitCode, signal: signal ?? 0 }));
    });
  });
  onTestFinished(() => {
    if (!ended) pty.kill("SIGKILL");
  });
  const text = (): string => screenLines(terminal).join("\n");
  return {
    pid: pty.pid,
    press: (keys) => pty.write(keys),
    resize(columns, rows) {
      terminal.resize(columns, rows);
      pty.resize(columns, rows);
    },
    text,
    written: () => written,
    shows: (what) => untilShown(text, watchers, what),
    isTaken: () => terminal.buffer.active.type !== "normal" || written.lastIndexOf("\u001b[?25l") > written.lastIndexOf("\u001b[?25h") || written.lastIndexOf("\u001b[?2004h") > written.lastIndexOf("\u001b[?2004l"),
    exit,
  };
}
