import type { RunEvent } from "../../../src/core/event.js";

/** An event that holds some text. */
export const textEvent = (run: string, seq: number, text: string): RunEvent => ({ type: "timer.set", run, seq, at: seq, path: "p", data: { due: seq, why: text } });
