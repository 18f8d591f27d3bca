import type { FlowPlan } from "../core/plan/flow-plan.js";
import { WHOLE_RUN } from "../core/run-id.js";
import { fitLine } from "./text/fit-line.js";
import { columnsOf, endOf, wrap } from "./text/fit.js";
import type { Line, Part } from "./text/part.js";
import type { Typed } from "./typed.js";
import type { Dialog } from "./ui-state.js";

/** A box in the middle of the screen, over what is below it. */
export function withDialog(screen: readonly Line[], dialog: Dialog, plan: FlowPlan | null, columns: number): readonly Line[] {
  const width = Math.min(columns, 76);
  const inner = Math.max(width - 4, 1);
  const room = Math.max(screen.length - 2, 1);
  const body = contentOf(dialog, plan, inner, room);
  const box = [edge("┌", "┐", width, titleOf(dialog)), ...body.slice(0, room).map((line): Line => [{ text: "│ ", dim: true }, ...fitLine(line, inner), { text: " │", dim: true }]), edge("└", "┘", width, "")];
  const top = Math.max(Math.floor((screen.length - box.length) / 2), 0);
  const left = Math.floor((columns - width) / 2);
  return screen.map((line, index) => {
    const over = box[index - top];
    return over === undefined ? line : fitLine([{ text: " ".repeat(left) }, ...over], columns);
  });
}

function titleOf(dialog: Dialog): string {
  switch (dialog.is) {
    case "help":
      return "keys";
    case "cancel":
      return "cancel";
    case "reopen":
      return "retry";
    case "incident":
      return "incident";
    case "answer":
      return dialog.as;
  }
}

const edge = (from: string, to: string, width: number, title: string): Line => {
  const name = title === "" ? "" : ` ${title} `;
  return [{ text: `${from}─`, dim: true }, { text: name, bold: true }, { text: `${"─".repeat(Math.max(width - 3 - name.length, 0))}${to}`, dim: true }];
};

/** What is typed and what went wrong come first where there is little room: they stand at the end, so the middle gives way. */
function contentOf(dialog: Dialog, plan: FlowPlan | null, columns: number, room: number): readonly Line[] {
  switch (dialog.is) {
    case "help":
      return helpLines(room);
    case "cancel":
      return [...plain(wrap(`Cancel the run ${dialog.run}? What it has done stays done.`, columns, 4)), [], keys("y", "cancel it", "n", "leave it")];
    case "reopen":
      return [...plain(wrap(`Run ${dialog.run} again from the step that failed? What is recorded is not done again.`, columns, 4)), [], keys("y", "go on", "n", "leave it")];
    case "incident": {
      const { wait } = dialog;
      const said = plain(wrap(wait.path === WHOLE_RUN ? `It cannot go on: ${wait.question ?? ""}` : `${wait.path}: ${wait.question ?? ""}`, columns, Math.max(room - 4, 1)));
      if (wait.path === WHOLE_RUN) return [...said, [], keys("t", "retry", "esc", "leave it")];
      return [...said, [], keys("t", "retry", "o", "it happened: give its output"), keys("s", "skip", "esc", "leave it")];
    }
    case "answer": {
      const { wait, typed, problem, sending } = dialog;
      const schema = wait.output === undefined ? undefined : plan?.schemas[wait.output];
      const asked = [
        ...plain(wrap(wait.question ?? "", columns, 12)),
        ...(wait.show === undefined ? [] : [[], ...plain(wrap(typeof wait.show === "string" ? wait.show : JSON.stringify(wait.show, null, 2), columns, 40))]),
        ...(schema === undefined ? [] : [[], ...wrap(`fits ${JSON.stringify(schema)}`, columns, 4).map((text): Line => [{ text, dim: true }])]),
      ];
      const end: readonly Line[] = [
        [],
        inputLine(typed, columns),
        ...(problem === null ? [] : wrap(problem, columns, 4).map((text): Line => [{ text, color: "red" }])),
        sending ? [{ text: "sending…", dim: true }] : keys("enter", "send", "esc", "not now"),
      ];
      return [...asked.slice(0, Math.max(room - end.length, 1)), ...end];
    }
  }
}

/** The end of what is typed stays in sight. */
export function inputLine({ text, at }: Typed, columns: number): Line {
  const before = text.slice(0, at);
  const shown = columnsOf(before) > columns - 6 ? `…${endOf(before, columns - 7)}` : before;
  const [under, ...rest] = Array.from(text.slice(at));
  return [{ text: "> ", color: "cyan" }, { text: shown }, { text: under ?? " ", inverse: true }, { text: rest.join("") }];
}

const plain = (lines: readonly string[]): readonly Line[] => lines.map((text) => [{ text }]);

function keys(...pairs: readonly string[]): Line {
  return pairs.flatMap((word, index): readonly Part[] => (index % 2 === 0 ? [{ text: word, color: "cyan", bold: true }] : [{ text: ` ${word}   ` }]));
}

const HELP: readonly (readonly [string, string])[] = [
  ["↑ ↓ j k g G", "move; PgUp PgDn a page"],
  ["enter", "open the run; fold a step"],
  ["q esc", "back; quit from the list"],
  ["/", "search the list"],
  ["s", "only running, parked, failed …"],
  ["a r e", "approve, reject, answer what is asked"],
  ["i", "end an incident"],
  ["c R", "cancel the run; a failed one goes on"],
  ["← → [ ]", "an event back or forth in time"],
  ["{ } 0 $", "a tenth back or forth, start, end"],
  ["f", "follow what is at work"],
  ["tab J K", "to the detail and back; move it"],
  ["ctrl-z", "to the shell; fg comes back"],
];

/** Two keys a line where there are few lines. */
function helpLines(room: number): readonly Line[] {
  const lines = HELP.map(([key, what]): Line => [{ text: key.padEnd(13), color: "cyan" }, { text: what }]);
  if (lines.length <= room) return lines;
  const half = Math.ceil(HELP.length / 2);
  return HELP.slice(0, half).map(([key, what], index): Line => {
    const [other, means] = HELP[half + index] ?? ["", ""];
    return [{ text: `${key} `, color: "cyan" }, { text: `${what}  ` }, { text: `${other} `, color: "cyan" }, { text: means }];
  });
}
