import { PassThrough, Writable } from "node:stream";
import xterm from "@xterm/headless";

/** A terminal that is an object: what is written to it becomes a screen, as people would see it. */
export interface Screen {
  readonly terminal: xterm.Terminal;
  /** What Ink takes for a terminal. */
  readonly stdout: NodeJS.WritableStream & { readonly columns: number; readonly rows: number };
  readonly stdin: NodeJS.ReadableStream;
  /** Everything that was written. */
  written(): string;
  text(): string;
  lines(): readonly string[];
  /** Keys, as a terminal sends them. */
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves with the screen when it holds this; the test's own time limit ends the wait. */
  shows(what: string | RegExp | ((text: string) => boolean)): Promise<string>;
}

export function createScreen(columns = 100, rows = 30): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0, convertEol: true });
  const watchers = new Set<() => void>();
  let written = "";
  const out = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written += String(chunk);
      terminal.write(String(chunk), () => {
        for (const check of watchers) check();
      });
      done();
    },
  });
  const size = { columns, rows, isTTY: true };
  const stdout = Object.assign(out, size);
  const stdin = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin });
  const lines = (): readonly string[] => screenLines(terminal);
  const text = (): string => lines().join("\n");
  return {
    terminal,
    stdout,
    stdin,
    written: () => written,
    text,
    lines,
    press: (keys) => stdin.write(keys),
    resize(columns, rows) {
      terminal.resize(columns, rows);
      Object.assign(stdout, { columns, rows });
      stdout.emit("resize");
    },
    shows: (what) => untilShown(text, watchers, what),
  };
}

export const screenLines = (terminal: xterm.Terminal): readonly string[] =>
  Array.from({ length: terminal.rows }, (_, row) => terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)?.translateToString(true) ?? "");

/** Resolves when the text holds what is looked for; looks again at each change. */
export function untilShown(text: () => string, watchers: Set<() => void>, what: string | RegExp | ((text: string) => boolean)): Promise<string> {
  const holds = (shown: string): boolean => (typeof what === "string" ? shown.includes(what) : typeof what === "function" ? what(shown) : what.test(shown));
  return new Promise((done, fail) => {
    // Fails with the screen in its message before the test's own limit ends it without one.
    const limit = setTimeout(() => {
      watchers.delete(check);
      fail(new Error(`the screen does not show ${String(what)}:\n${text()}`));
    }, 40_000);
    const check = (): void => {
      const shown = text();
      if (!holds(shown)) return;
      clearTimeout(limit);
      watchers.delete(check);
      done(shown);
    };
    watchers.add(check);
    check();
  });
}
