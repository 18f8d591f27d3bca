import { messageOf } from "../core/message-of.js";
import type { RunId } from "../core/run-id.js";
import { press, told, type Act } from "./control.js";
import { createFrame, type Frame, type Size } from "./frame.js";
import type { Press } from "./press.js";
import type { TuiStore } from "./store.js";
import { firstState, type UiState } from "./ui-state.js";

/** The terminal UI without a terminal: keys and sizes in, frames out. */
export interface Controller {
  frame(): Frame;
  subscribe(changed: () => void): () => void;
  resize(size: Size): void;
  keys(presses: readonly Press[]): void;
  /** Keys are text now. */
  typing(): boolean;
}

/** What only the terminal's owner can do. */
export type Outer = Extract<Act, { readonly act: "quit" | "interrupt" | "suspend" }>["act"];

export function createController(store: TuiStore, run: RunId | null, size: Size, outer: (what: Outer) => void): Controller {
  const draw = createFrame();
  const listeners = new Set<() => void>();
  let ui = firstState(run);
  let room = size;
  let frame: Frame | null = null;

  const current = (): Frame => (frame ??= draw(store.snapshot(), ui, room));
  const changed = (): void => {
    frame = null;
    for (const listener of listeners) listener();
    const unknown = current().runs.flatMap((line) => (line.spent === null ? [line.run] : []));
    if (unknown.length > 0) store.fill(unknown);
  };
  const become = (next: UiState): void => {
    if (next === ui) return;
    ui = next;
    changed();
  };

  async function request({ run, request }: Extract<Act, { readonly act: "request" }>): Promise<void> {
    let problem: string | null = null;
    try {
      const outcome = await store.request(run, request);
      if (outcome.is === "refused") problem = outcome.message;
    } catch (error) {
      problem = messageOf(error);
    }
    if (ui.dialog?.is === "answer" && ui.dialog.sending && problem !== null) become({ ...ui, dialog: { ...ui.dialog, sending: false, problem } });
    else become(told(ui.dialog?.is === "answer" && ui.dialog.sending ? { ...ui, dialog: null } : ui, problem ?? DONE[request.kind], problem !== null));
  }

  function act(what: Act): void {
    if (what.act === "open") store.open(what.run);
    else if (what.act === "request") void request(what);
    else outer(what.act);
  }

  store.subscribe(changed);
  if (run !== null) store.open(run);
  return {
    frame: current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    resize(next) {
      if (next.columns === room.columns && next.rows === room.rows) return;
      room = next;
      changed();
    },
    keys(presses) {
      for (const one of presses) {
        const pressed = press(ui, one, current().scene);
        become(pressed.ui);
        if (pressed.act !== undefined) act(pressed.act);
      }
    },
    typing: () => ui.searching !== null || ui.dialog?.is === "answer",
  };
}

const DONE = { answer: "answered", signal: "the signal is kept for its wait", cancel: "its end is asked for", resolve: "the incident is ended", reopen: "it runs again" } as const;
