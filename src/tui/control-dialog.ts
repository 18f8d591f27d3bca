import type { RunRequest } from "../core/ports/store.js";
import { WHOLE_RUN } from "../core/run-id.js";
import type { Pressed } from "./control.js";
import type { Press } from "./press.js";
import { type } from "./typed.js";
import type { Dialog, UiState } from "./ui-state.js";
import { answerOf, dialogFor } from "./wait-dialog.js";

/** A dialog takes every key. */
export function pressInDialog(ui: UiState & { readonly dialog: Dialog }, key: Press): Pressed {
  const { dialog } = ui;
  const closed = { ...ui, dialog: null };
  if (key.key === "escape") return { ui: closed };
  const word = key.key === "text" ? key.text : key.key;
  switch (dialog.is) {
    case "help":
      return { ui: closed };
    case "reopen":
      if (word === "y") return { ui: closed, act: { act: "request", run: dialog.run, request: { kind: "reopen" } } };
      return word === "n" || word === "q" ? { ui: closed } : { ui };
    case "cancel":
      if (word === "y") return { ui: closed, act: { act: "request", run: dialog.run, request: { kind: "cancel", reason: "cancelled by an operator" } } };
      return word === "n" || word === "q" ? { ui: closed } : { ui };
    case "incident": {
      const { run, wait } = dialog;
      const { path } = wait;
      if (word === "t") return { ui: closed, act: { act: "request", run, request: { kind: "resolve", path, action: "retry" } } };
      if (path === WHOLE_RUN) return { ui };
      if (word === "s") return { ui: closed, act: { act: "request", run, request: { kind: "resolve", path, action: "skip" } } };
      return word === "o" ? { ui: { ...ui, dialog: dialogFor(run, wait, "resolve") } } : { ui };
    }
    case "answer": {
      if (dialog.sending) return { ui };
      if (key.key !== "enter") {
        const typed = type(dialog.typed, key);
        return { ui: typed === null ? ui : { ...ui, dialog: { ...dialog, typed, problem: null } } };
      }
      const read = answerOf(dialog.typed.text);
      if ("problem" in read) return { ui: { ...ui, dialog: { ...dialog, problem: read.problem } } };
      const { path } = dialog.wait;
      const request: RunRequest = dialog.as === "resolve" ? { kind: "resolve", path, action: "resolve", output: read.answer } : { kind: "answer", path, payload: read.answer };
      return { ui: { ...ui, dialog: { ...dialog, sending: true, problem: null } }, act: { act: "request", run: dialog.run, request } };
    }
  }
}
