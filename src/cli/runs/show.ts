import type { Wait } from "../../core/event.js";
import { lockedPart } from "../../core/fold/locked-part.js";
import { stateWord } from "../../core/fold/run-line.js";
import type { RunView } from "../../core/fold/run-view.js";
import { waitWords } from "../../core/fold/wait-words.js";
import { whence } from "../../core/fold/whence.js";
import { stepRows, type StepRow } from "../../core/fold/step-rows.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printable } from "../../core/cells.js";
import type { LockPlace, StoreReader } from "../../core/ports/store.js";
import { type RunId, WHOLE_RUN } from "../../core/run-id.js";
import { printJson } from "../operator/print-json.js";
import { shownJson } from "../operator/shown-json.js";
import { table } from "../operator/table.js";
import { duration, relativeTime, timestamp } from "../operator/time.js";
import { typedChoice } from "../operator/typed.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findRun, viewOf } from "./find-run.js";
import { howToEnd } from "./how-to-end.js";
import { shownEvent } from "./shown-event.js";

/** Characters of a value on one line. */
const SHOWN = 100;

/** Lines of one section: what a map of thousands did is for `runs logs`. */
const MOST_LINES = 300;

export interface ShowOptions extends OperatorOptions {
  readonly all?: true;
}

/** A run with its steps, what it waits for and how to answer, what it emitted and what it cost. */
export const showRun = (id: string, options: ShowOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store }) => {
    const { run, hash } = await findRun(store, id);
    const view = await viewOf(store, run, options.output === "json" ? undefined : shownEvent);
    const holders = await holdersOf(store, view.waits.values());
    const most = options.all === true ? Infinity : MOST_LINES;
    if (options.output === "json") await printJson({ ...view, state: wordOf(view), changed: [...view.changed], steps: [...view.steps.values()], waits: [...view.waits.values()].map((wait) => withHolder(wait, holders)) });
    else await print(asText(view, { plan: await store.plan(hash), holders, unbegun: await unbegunOf(store, view.waits.values().take(most)), choice: typedChoice(options) }, Date.now(), most));
    return EXIT.ok;
  });

const wordOf = ({ state, waits: open }: RunView): string => stateWord({ state, waits: open.values() });

/** What is known beside the run of what it waits for. */
interface Around {
  readonly plan: FlowPlan | null;
  readonly holders: Holders;
  /** Runs that no worker has begun: they are not there yet. */
  readonly unbegun: ReadonlySet<RunId>;
  /** What commands about the run end with. */
  readonly choice: string;
}

function asText(view: RunView, around: Around, now: number, most: number): string {
  const sections = [head(view, now), steps(view, now, most), waits(view, around, now, most), emitted(view, most)];
  return sections.filter((text) => text !== "").join("\n");
}

function head(view: RunView, now: number): string {
  const { run, flow, hash, admittedAt, finishedAt, source, origin, parent, fork, input, output, error, changed, cancel, usage, usd } = view;
  const rows: readonly (readonly [string, string])[] = [
    ["run", run],
    ["flow", `${flow} (${hash.slice(0, 12)})`],
    ["state", wordOf(view)],
    ["admitted", `${timestamp(admittedAt)} (${relativeTime(admittedAt, now)})`],
    ...(finishedAt === null ? [] : [["took", duration(finishedAt - admittedAt)] as const]),
    ["from", parent === null ? `${whence(source, origin)}${source === null ? "" : `, id ${source.id}`}` : `step ${parent.path} of run ${parent.run}${parent.waits === true ? ", which waits for it" : ""}`],
    ...(fork === null || fork === undefined ? [] : [["fork of", `${fork.of}, before its event ${fork.at}`] as const]),
    ...(changed.size === 0 ? [] : [["warning", `it went on with other code than it began with: ${[...changed].join(", ")}`] as const]),
    ...(input === undefined ? [] : [["input", shownJson(input, SHOWN)] as const]),
    ...(output === undefined ? [] : [["output", shownJson(output, SHOWN)] as const]),
    ...(error === null ? [] : [["error", `${error.code}: ${error.message}`] as const]),
    ...(cancel === null ? [] : [["cancelled by", `${cancel.by}${cancel.reason === undefined ? "" : `: ${cancel.reason}`}`] as const]),
    ...(usage.in + usage.out === 0 ? [] : [["cost", `$${usd.toFixed(4)}, ${usage.in} tokens in, ${usage.out} out`] as const]),
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${printable(value.replaceAll(/\s+/g, " "))}\n`).join("");
}

/** What was left out, and where it stands. */
const more = (run: string, count: number, most: number): string => (count > most ? `… ${count - most} more (\`flowctl runs logs ${run}\` has all, so has --all)\n` : "");

function steps(view: RunView, now: number, most: number): string {
  const rows = stepRows(view);
  if (rows.length === 0) return "";
  const shown = table(
    ["step", "status", "tries", "time", "what"],
    rows.slice(0, most).map((row) => [`${"  ".repeat(row.depth)}${row.label}`, row.status, tries(row), duration((row.endedAt ?? now) - row.startedAt), what(row)]),
  );
  return shown + more(view.run, rows.length, most);
}

const tries = ({ step }: StepRow): string => (step === null || step.attempts.length < 2 ? "" : String(step.attempts.length));

function what({ step }: StepRow): string {
  if (step === null) return "";
  const said = whatOf(step);
  if (step.child === null || said.includes(step.child)) return said;
  return `run ${step.child}${said === "" ? "" : `: ${said}`}`;
}

function whatOf(step: NonNullable<StepRow["step"]>): string {
  if (step.error !== null) return `${step.error.code}: ${step.error.message}${step.outcome === "unknown" ? " (nobody knows whether it happened)" : ""}`;
  if (step.output !== undefined) return shownJson(step.output, SHOWN);
  if (step.model?.text !== undefined && step.model.text !== null) return shownJson(step.model.text, SHOWN);
  return step.incident?.message ?? step.wait?.question ?? "";
}

function waits({ run, waits: open }: RunView, around: Around, now: number, most: number): string {
  return Iterator.from(open.values()).take(most).map((wait) => waitText(run, wait, around, now)).toArray().join("\n") + more(run, open.size, most);
}

function waitText(run: string, wait: Wait, { plan, holders, unbegun, choice }: Around, now: number): string {
  const until = wait.until === undefined ? "" : `, until ${timestamp(wait.until)} (${relativeTime(wait.until, now)})`;
  if (wait.kind === "lock") return `${printable(lockedPart(wait.path) || "the run")} ${printable(waitWords(wait) ?? "")}${heldBy(run, wait, holders)}${until}\n`;
  if (wait.kind === "timer" || wait.kind === "child") return `${printable(subject(wait))}${unbegun.has(wait.run ?? "") ? ", which nobody has begun" : ""}${until}\n`;
  const lines = [
    `${subject(wait)}${until}:`,
    ...(wait.question === undefined ? [] : [`  ${wait.question}`]),
    ...(wait.show === undefined ? [] : [`  shows    ${shownJson(wait.show, SHOWN * 4)}`]),
    ...(wait.default === undefined ? [] : [`  default  ${shownJson(wait.default, SHOWN * 4)}`]),
    ...howToEnd(run, wait, plan).map((command) => `  $ ${command}${choice}`),
  ];
  return lines.map((line) => `${line.split("\n").map(printable).join("\n  ")}\n`).join("");
}

function subject(wait: Wait): string {
  const { kind, path, to } = wait;
  const words = waitWords(wait);
  if (words !== null) return `${path} ${words}`;
  if (kind === "ask") return `${path} asks${to === undefined ? "" : ` (sent to ${to})`}`;
  return path === WHOLE_RUN ? "the run cannot go on here, mend this and retry" : `${path} is an incident`;
}

/** Who has each lock that is waited for. */
type Holders = ReadonlyMap<string, LockPlace>;

async function holdersOf(store: StoreReader, waits: Iterable<Wait>): Promise<Holders> {
  const found = new Map<string, LockPlace>();
  for (const { lock } of waits) {
    const head = lock === undefined ? null : await store.lockHead(lock);
    if (head !== null) found.set(head.lock, head);
  }
  return found;
}

async function unbegunOf(store: StoreReader, waits: Iterable<Wait>): Promise<ReadonlySet<RunId>> {
  const found = new Set<RunId>();
  for (const { kind, run } of waits) if (kind === "child" && run !== undefined && (await store.run(run)) === null) found.add(run);
  return found;
}

/** Nobody where it is about to go on. */
const heldBy = (run: string, { path, lock = "" }: Wait, holders: Holders): string => {
  const holder = holders.get(lock);
  return holder === undefined || (holder.run === run && holder.path === path) ? "" : `, which ${holder.run} has`;
};

const withHolder = (wait: Wait, holders: Holders): object => {
  const holder = wait.lock === undefined ? undefined : holders.get(wait.lock);
  return holder === undefined ? wait : { ...wait, holder: { run: holder.run, path: holder.path } };
};

function emitted({ run, messages }: RunView, most: number): string {
  if (messages.length === 0) return "";
  const shown = table(
    ["emitted", "key", "step", "message"],
    messages.slice(0, most).map(({ topic, key, path, payload }) => [topic, key ?? "", path, shownJson(payload, SHOWN)]),
  );
  return shown + more(run, messages.length, most);
}
