import type { Wait } from "../core/event.js";
import { parentOf } from "../core/fold/parent-path.js";
import type { RunView, StepView } from "../core/fold/run-view.js";
import type { StepRow } from "../core/fold/step-rows.js";
import type { StreamedText } from "../core/fold/tokens.js";
import { waitWords } from "../core/fold/wait-words.js";
import { whence } from "../core/fold/whence.js";
import type { Json } from "../core/json.js";
import { count, dollars, duration } from "./text/amounts.js";
import { wrap } from "./text/fit.js";
import { lookOf, type Color, type Line } from "./text/part.js";

/** Of a value no more is drawn: whoever needs all of it reads `runs logs`. */
const MOST_LINES = 2000;
const MOST_TEXT = 200_000;

export interface DetailOf {
  readonly view: RunView;
  readonly row: StepRow;
  readonly stream: StreamedText | undefined;
  readonly kind: string;
  readonly now: number;
  readonly columns: number;
}

/** Everything that is known of the chosen step, or of the run. */
export function detailLines(of: DetailOf): readonly Line[] {
  return of.row.path === "" ? runLines(of) : stepLines(of);
}

function runLines({ view, now, columns }: DetailOf): readonly Line[] {
  const { source, origin, input, output, error, messages, cancel, waits } = view;
  return [
    ...fact("run", view.run, columns),
    ...fact("flow", `${view.flow} ${view.hash.slice(0, 12)}`, columns),
    ...(source === null && origin === null ? [] : fact("from", whence(source, origin), columns)),
    ...(cancel === null ? [] : fact("cancel", `asked by ${cancel.by}${cancel.reason === undefined ? "" : `: ${cancel.reason}`}`, columns)),
    ...[...waits.values()].flatMap((wait) => waitLines(wait, now, columns)),
    ...(error === null ? [] : errorLines(error, columns)),
    ...valueLines("INPUT", input, columns),
    ...valueLines("OUTPUT", output, columns),
    ...messages.flatMap(({ topic, key, payload }) => valueLines(`MESSAGE to ${topic}${key === null ? "" : `, key ${key}`}`, payload, columns)),
  ];
}

function stepLines({ view, row, stream, kind, now, columns }: DetailOf): readonly Line[] {
  const { step, status } = row;
  const took = duration((row.endedAt ?? now) - row.startedAt);
  const tries = step === null ? 0 : (step.attempts.at(-1)?.number ?? 0);
  const lines: Line[] = [
    ...paint(wrap(row.path, columns, 4), undefined, true),
    [{ text: `${kind} ` }, { text: status, color: lookOf(status).color }, { text: ` · ${took}${tries > 1 ? ` · attempt ${tries}` : ""} · at +${duration(row.startedAt - view.admittedAt)}`.slice(0, columns), dim: true }],
  ];
  if (step === null) return lines;
  const call = toolCallOf(view, step);
  return [
    ...lines,
    ...(step.model === null ? [] : modelLines(step.model, columns)),
    ...(step.key === undefined ? [] : fact("key", step.key, columns)),
    ...(step.taken === null ? [] : fact("case", String(step.taken), columns)),
    ...(step.outcome === "unknown" ? paint(wrap("nobody knows whether it was applied", columns, 2), "yellow") : []),
    ...(step.incident !== null && status === "incident" ? paint(wrap(`incident ${step.incident.kind}: ${step.incident.message}`, columns, 20), "red") : []),
    ...(step.wait !== null && status === "waiting" ? waitLines(step.wait, now, columns) : []),
    ...(step.error === null ? [] : errorLines(step.error, columns)),
    ...attemptLines(step, columns),
    ...saidLines(step, stream, columns),
    ...valueLines("INPUT", step.input ?? call, columns),
    ...valueLines("OUTPUT", step.output, columns),
    ...(step.model === null ? [] : valueLines("INPUT of its agent", view.steps.get(parentOf(step.path))?.input, columns)),
    ...step.notes.flatMap(({ at, text, value }) => valueLines(`+${duration(at - view.admittedAt)} ${text}`, value, columns, true)),
  ];
}

/** An agent's tool call has no start of its own where it reads: its input stands in the model's answer. */
function toolCallOf(view: RunView, { path }: StepView): Json | undefined {
  const [, answer, index] = /^(.*~\d+)\.(\d+)$/.exec(path) ?? [];
  return answer === undefined ? undefined : view.steps.get(answer)?.model?.toolCalls[Number(index)]?.args;
}

function modelLines({ usage, usd, finish }: NonNullable<StepView["model"]>, columns: number): readonly Line[] {
  return finish === null && usd === 0 ? [] : fact("spent", `${count(usage.in)} in, ${count(usage.out)} out, ${dollars(usd)}${finish === null || finish === "stop" ? "" : `, ended by ${finish}`}`, columns);
}

/** What a model says: the recorded answer, or what has streamed of it. */
function saidLines({ model, status }: StepView, stream: StreamedText | undefined, columns: number): readonly Line[] {
  if (model === null) return [];
  if (model.text === null) {
    if (stream === undefined) return [];
    const title = status === "running" ? `STREAMING ${count(stream.pieces)} pieces` : "STREAMED before it failed";
    return [heading(title), ...paint(wrap(stream.text, columns, MOST_LINES), "cyan")];
  }
  const calls = model.toolCalls.flatMap(({ name, args }) => valueLines(`CALLS ${name}`, args, columns));
  return [...(model.text === "" ? [] : [heading("ANSWER"), ...paint(wrap(model.text.slice(0, MOST_TEXT), columns, MOST_LINES))]), ...calls];
}

function attemptLines({ attempts }: StepView, columns: number): readonly Line[] {
  if (attempts.length < 2 && attempts.every(({ retryAt }) => retryAt === null)) return [];
  return [
    heading("ATTEMPTS"),
    ...attempts.flatMap(({ number, startedAt, endedAt, error, retryAt }) => {
      const took = endedAt === null ? "running" : duration(endedAt - startedAt);
      const next = retryAt === null || endedAt === null ? "" : `, next after ${duration(retryAt - endedAt)}`;
      return paint(wrap(`${number}  ${took}  ${error === null ? (endedAt === null ? "" : "ok") : `${error.code}: ${error.message}`}${next}`, columns, 4), error === null ? undefined : "yellow");
    }),
  ];
}

const asked = ({ kind, question = "", to }: Wait): string => `${kind === "ask" ? "asks" : "incident:"} ${question}${to === undefined ? "" : ` (sent to ${to})`}`;
const waitLines = (wait: Wait, now: number, columns: number): readonly Line[] => [
  ...paint(wrap(`${waitWords(wait) ?? asked(wait)}${wait.holder === undefined ? "" : `, behind run ${wait.holder}`}${wait.until === undefined || wait.until <= now ? "" : `, ${duration(wait.until - now)} left`}`, columns, 20), "magenta"),
  ...(wait.kind === "ask" ? paint(wrap("a approve · r reject · e answer", columns, 2), "gray") : wait.kind === "incident" ? paint(wrap("i resolve", columns, 2), "gray") : []),
  ...valueLines("SHOWN", wait.show, columns),
];

const errorLines = ({ code, message, step, attempts, data }: NonNullable<StepView["error"]>, columns: number): readonly Line[] => [
  ...paint(wrap(`${code}: ${message}${step === undefined ? "" : `\nin ${step}${attempts === undefined || attempts < 2 ? "" : ` after ${attempts} attempts`}`}`, columns, 60), "red"),
  ...valueLines("ERROR DATA", data, columns),
];

function valueLines(title: string, value: Json | undefined, columns: number, always = false): readonly Line[] {
  if (value === undefined) return always ? [heading(title)] : [];
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return [heading(title), ...paint(wrap(text.slice(0, MOST_TEXT), columns, MOST_LINES))];
}

const fact = (name: string, text: string, columns: number): readonly Line[] => wrap(`${name} ${text}`, columns, 4).map((line) => [{ text: line, dim: true }]);
const heading = (text: string): Line => [{ text, color: "blue", bold: true }];
const paint = (lines: readonly string[], color?: Color, bold?: true): readonly Line[] => lines.map((text) => [{ text, ...(color === undefined ? {} : { color }), ...(bold === undefined ? {} : { bold }) }]);
