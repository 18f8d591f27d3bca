import { inputLine } from "./dialog-lines.js";
import type { TuiData } from "./data.js";
import { spread } from "./text/fit-line.js";
import type { Line, Part } from "./text/part.js";
import type { UiState } from "./ui-state.js";

/** The last line: what was just said, what is being typed, or what keys there are. */
export function footerLine({ problem, open }: TuiData, ui: UiState, columns: number): Line {
  if (ui.searching !== null) return [{ text: "/", color: "cyan" }, ...inputLine(ui.searching, columns)];
  if (ui.notice !== null) return [{ text: ` ${ui.notice.text}`, color: ui.notice.bad ? "red" : "green" }];
  if (problem !== null) return [{ text: ` ${problem}`, color: "red" }];
  return spread(keysOf(ui, open?.timeline.last.waits.size ?? 0), filterOf(ui), columns);
}

function filterOf({ screen, filter: { state, text } }: UiState): Line {
  if (screen === "run" || (state === null && text === "")) return [];
  return [{ text: `only${state === null ? "" : ` ${state}`}${text === "" ? "" : ` “${text}”`} `, color: "yellow" }];
}

function keysOf(ui: UiState, waits: number): Line {
  const words = ui.screen === "runs" ? RUNS : [...(waits > 0 ? WAITING : []), ...RUN];
  return words.flatMap(([key, what]): readonly Part[] => [{ text: ` ${key}`, color: "cyan", bold: true }, { text: ` ${what}`, dim: true }]);
}

const RUNS = [["enter", "open"], ["/", "search"], ["s", "state"], ["a", "approve"], ["r", "reject"], ["e", "answer"], ["c", "cancel"], ["?", "keys"], ["q", "quit"]] as const;
const WAITING = [["a", "approve"], ["r", "reject"], ["e", "answer"]] as const;
const RUN = [["←→", "time"], ["tab", "detail"], ["f", "follow"], ["c", "cancel"], ["?", "keys"], ["q", "back"]] as const;
