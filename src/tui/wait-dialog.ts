import type { Wait } from "../core/event.js";
import { isJsonObject, type Json } from "../core/json.js";
import { messageOf } from "../core/message-of.js";
import type { Path, RunId } from "../core/run-id.js";
import { typedText } from "./typed.js";
import type { AnswerKind, Dialog } from "./ui-state.js";

/** The `ask` that is meant: the chosen step's, else the first one. */
export function askedWait(waits: readonly Wait[], chosen: Path | null): Wait | null {
  const asks = waits.filter(({ kind }) => kind === "ask");
  return asks.find(({ path }) => path === chosen) ?? asks[0] ?? null;
}

/** What stands in the form before it is changed: `{ approved: true, …default }`, or the default. */
export function dialogFor(run: RunId, wait: Wait, as: AnswerKind): Dialog {
  const preset = wait.default;
  const value: Json | undefined = as === "answer" || as === "resolve" ? preset : { ...(isJsonObject(preset) ? preset : {}), approved: as === "approve" };
  return { is: "answer", as, run, wait, typed: typedText(value === undefined ? "" : JSON.stringify(value)), problem: null, sending: false };
}

/** JSON, or words as they stand: a question may be answered by a sentence. */
export function answerOf(text: string): { readonly answer: Json } | { readonly problem: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { problem: "an answer is needed: JSON, or text" };
  try {
    const answer: Json = JSON.parse(trimmed);
    return { answer };
  } catch (error) {
    // What begins like JSON is meant as JSON.
    return /^[[{"\d-]/.test(trimmed) ? { problem: messageOf(error) } : { answer: trimmed };
  }
}
