import type { Wait } from "../core/event.js";
import type { RunLine } from "../core/fold/run-line.js";
import { lockedPart } from "../core/fold/locked-part.js";
import { WHOLE_RUN } from "../core/run-id.js";
import { age, dollars, duration } from "./text/amounts.js";
import { fit } from "./text/fit.js";
import { lookOf, statusOf, type Line } from "./text/part.js";
import { windowOf } from "./window.js";

/** Runs as a table: a head and `height - 1` lines around the chosen one. */
export function listLines(lines: readonly RunLine[], at: number, now: number, columns: number, height: number): readonly Line[] {
  const widths = widthsFor(columns);
  const { from, to } = windowOf(lines.length, at, height - 1);
  return [head(widths), ...lines.slice(from, to).map((line, index) => lineOf(line, from + index === at, now, widths))];
}

interface Widths {
  readonly state: number;
  readonly flow: number;
  readonly run: number;
  readonly step: number;
  readonly cost: number;
  readonly took: number;
  readonly age: number;
}

/** What does not fit goes: first the cost, then the duration; the run's id is cut, for its beginning tells it apart. */
function widthsFor(columns: number): Widths {
  const wide = columns >= 100;
  const fixed = { state: 14, run: wide ? 27 : 11, cost: columns >= 76 ? 11 : 0, took: columns >= 68 ? 9 : 0, age: 6 };
  const rest = Math.max(columns - fixed.state - fixed.run - fixed.cost - fixed.took - fixed.age, 12);
  const flow = Math.min(Math.max(Math.floor(rest * 0.4), 6), 28);
  return { ...fixed, flow, step: rest - flow };
}

const head = (widths: Widths): Line => [
  {
    text: fit("    STATE", widths.state) + fit("FLOW", widths.flow) + fit("RUN", widths.run) + fit("STEP", widths.step) + fit("COST", widths.cost, "right") + fit("TOOK", widths.took, "right") + fit("AGE", widths.age, "right"),
    bold: true,
    dim: true,
  },
];

function lineOf(line: RunLine, chosen: boolean, now: number, widths: Widths): Line {
  const { glyph, color } = lookOf(statusOf(line.state));
  const [wait] = line.waits;
  const asks = wait === undefined ? null : waitText(wait, now);
  const step = line.state === "failed" ? `${line.step ?? ""} ${line.error?.code ?? ""}` : (asks ?? line.step ?? "");
  const bold = chosen ? ({ bold: true } as const) : {};
  return [
    { text: chosen ? "▸ " : "  ", ...bold },
    { text: `${glyph} ${fit(line.state, widths.state - 4)}`, color },
    { text: `${fit(line.flow, widths.flow - 1)} `, ...bold },
    { text: `${fit(line.run, widths.run - 1)} `, ...(chosen ? bold : { dim: true }) },
    { text: fit(step, widths.step), ...(line.state === "failed" ? { color: "red" } : asks === null ? {} : { color: "magenta" }) },
    { text: fit(line.spent === null ? "" : dollars(line.spent.usd), widths.cost, "right") },
    { text: fit(duration((line.finishedAt ?? now) - line.admittedAt), widths.took, "right"), dim: true },
    { text: fit(age(now - line.admittedAt), widths.age, "right"), dim: true },
  ];
}

function waitText({ kind, path, question = "", until, signal = "", topic = "", key = "", run = "", lock = "" }: Wait, now: number): string {
  switch (kind) {
    case "ask":
      return `${path}: ${question}`;
    case "incident":
      return path === WHOLE_RUN ? `incident: ${question}` : `${path}: incident`;
    case "signal":
      return `${path}: signal ${signal}`;
    case "message":
      return `${path}: ${topic} ${key}`;
    case "child":
      return `${path}: run ${run}`;
    case "lock":
      return `${lockedPart(path)}: lock ${lock}`;
    case "timer":
      return `${path}: ${until === undefined || until <= now ? "time" : duration(until - now)}`;
  }
}
