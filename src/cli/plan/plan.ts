import { stepsIn } from "../../core/plan/blocks.js";
import { emittedBy } from "../../core/plan/emitted-topics.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { queueUses } from "../../core/plan/queue-uses.js";
import { taskTopic } from "../../core/queues.js";
import { failureMatrices, type FailureMatrix, type FailureRow } from "../../core/plan/failure-matrix.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { worstCase, type WorstCase } from "../../core/plan/worst-case.js";
import { parseSchedule } from "../../expr/schedule.js";
import type { PlanOptions } from "../commands/plan.js";
import { EXIT, type ExitCode } from "../exit.js";
import { oneFlow } from "../files/one-flow.js";
import { jsonText } from "../format/json-text.js";
import { print } from "../terminal.js";

/** What can be read from the plan and the project file alone: nothing is run. */
export async function showPlan(path: string, options: PlanOptions): Promise<ExitCode> {
  const found = await oneFlow(path, options);
  if (found === null) return EXIT.findings;
  const { plan, project } = found;
  const bound = project.file?.queues ?? {};
  const said = { flow: plan.id, version: plan.release, class: plan.class, reads: readsOf(plan), schedules: schedulesOf(plan, Date.now()), answers: requestsOf(plan), emits: emitsOf(plan), starts: startsOf(plan), asks: asksOf(plan), queues: queueUses(plan).map(({ queue, flow, keyed }) => ({ queue, topic: taskTopic(bound, flow, { queue, key: null }) + (keyed ? ".KEY" : "") })), writes: writesOf(plan), code: plan.code, pinned: plan.pin === true, models: worstCase(plan), sagas: failureMatrices(plan) };
  await print(options.output === "json" ? `${jsonText(said)}\n` : `${head(said)}${said.sagas.map(table).join("")}`);
  return EXIT.ok;
}

interface Started {
  readonly flow: string;
  readonly version: string;
  readonly detached: boolean;
  /** How many runs deep a recursion goes; null where it is none. */
  readonly depth: number | null;
}

interface Head {
  readonly flow: string;
  readonly version: string;
  readonly class: FlowPlan["class"];
  readonly reads: readonly string[];
  readonly schedules: readonly { readonly cron: string; readonly zone: string; /** RFC 3339. */ readonly next: readonly string[] }[];
  /** Method and path of the requests. */
  readonly answers: readonly string[];
  readonly emits: readonly string[];
  /** Flows that it starts as runs of their own. */
  readonly starts: readonly Started[];
  /** Request tools: where they ask and are answered. */
  readonly asks: readonly string[];
  /** With the topics of their tasks. */
  readonly queues: readonly { readonly queue: string; readonly topic: string }[];
  readonly writes: readonly string[];
  /** sha256 by file of the modules that it calls. */
  readonly code: FlowPlan["code"];
  /** Its runs go on with that code or not at all. */
  readonly pinned: boolean;
  readonly models: WorstCase;
}

const readsOf = ({ triggers }: FlowPlan): readonly string[] => triggers.flatMap((trigger) => (trigger.kind === "topic" ? [trigger.reply === undefined ? trigger.topic : `${trigger.topic} (answers on ${trigger.reply})`] : []));

/** So many ticks are shown. */
const TICKS = 3;

const schedulesOf = ({ triggers }: FlowPlan, now: number): Head["schedules"] =>
  triggers.flatMap((trigger) => {
    if (trigger.kind !== "schedule") return [];
    const { cron, zone } = trigger;
    const schedule = parseSchedule(cron, zone);
    const next: string[] = [];
    for (let at = schedule.next(now); at !== null && next.length < TICKS; at = schedule.next(at)) next.push(new Date(at).toISOString());
    return [{ cron, zone, next }];
  });
const asksOf = ({ tools }: FlowPlan): readonly string[] => Object.values(tools).flatMap((tool) => (tool.kind === "request" ? [`${tool.topic} (answers on ${tool.reply})`] : []));
const requestsOf = ({ triggers }: FlowPlan): readonly string[] => triggers.flatMap((trigger) => (trigger.kind === "http" ? [`${trigger.method} ${trigger.path}`] : []));
const bodiesOf = ({ body, flows = {} }: FlowPlan): readonly BlockPlan[] => [...new Set([body, ...Object.values(flows).map((flow) => flow.body)])];
const allSteps = (plan: FlowPlan): readonly StepPlan[] => bodiesOf(plan).flatMap((body) => [...stepsIn(body)]);
const emitsOf = (plan: FlowPlan): readonly string[] => [...new Set(allSteps(plan).flatMap(emittedBy))];
const startsOf = (plan: FlowPlan): readonly Started[] => {
  const found = new Map<string, Started>();
  for (const step of allSteps(plan)) {
    const called = step.kind === "call" && step.run !== undefined ? plan.flows?.[step.run.as] : undefined;
    if (step.kind !== "call" || step.run === undefined || called === undefined) continue;
    const started = { flow: called.id, version: called.release, detached: step.run.detached === true, depth: step.run.depth ?? null };
    found.set(JSON.stringify(started), started);
  }
  return [...found.values()];
};
const writesOf = ({ tools }: FlowPlan): readonly string[] => Object.entries(tools).flatMap(([name, { effect }]) => (effect === "write" ? [name] : []));

function head({ flow, version, class: kind, reads, schedules, answers, emits, starts, asks, queues, writes, code, pinned, models }: Head): string {
  const rows: readonly (readonly [string, string])[] = [
    ["flow", `${flow} ${version}`],
    ["class", kind === "P" ? "P: pure, runs without a journal" : "J: journaled"],
    ["reads", list(reads, schedules.length > 0 || answers.length > 0 ? "nothing" : "by hand")],
    ...schedules.map(({ cron, zone, next }): readonly [string, string] => ["ticks", `${cron} (${zone}): ${next.join(", ")}`]),
    ...(answers.length === 0 ? [] : [["answers", answers.join(", ")] as const]),
    ["emits", list(emits, "nothing")],
    ...(starts.length === 0 ? [] : [["starts", starts.map(startText).join(", ")] as const]),
    ...(asks.length === 0 ? [] : [["asks", asks.join(", ")] as const]),
    ...(queues.length === 0 ? [] : [["queues", queues.map(({ queue, topic }) => `${queue} (${topic})`).join(", ")] as const]),
    ["writes with", list(writes, "nothing")],
    ...Object.entries(code).map(([file, sha]): readonly [string, string] => ["code", `${file} (${sha.slice(0, 12)})${pinned ? ", pinned" : ""}`]),
    ["model calls", callsText(models)],
    ["tokens", models.calls === 0 && models.each.length === 0 ? "none" : models.tokens === null ? "no limit" : `at most ${models.tokens}`],
    ["cost", models.calls === 0 && models.each.length === 0 ? "none" : models.usd === null ? "no limit" : `at most $${models.usd}`],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("");
}

const startText = ({ flow, version, detached, depth }: Started): string => {
  const how = [...(detached ? ["detached"] : []), ...(depth === null ? [] : [`at most ${depth} runs deep`])];
  return `${flow} ${version}${how.length === 0 ? "" : ` (${how.join(", ")})`}`;
};

const list = (names: readonly string[], none: string): string => (names.length === 0 ? none : names.join(", "));

const callsText = ({ calls, each }: WorstCase): string =>
  calls === 0 && each.length === 0 ? "none" : [...(calls > 0 ? [`at most ${calls}`] : []), ...each.map((one) => `${one.calls} for each of ${one.step}`)].join(", and ");

/** Which step fails, what is undone, what stays, where a person is needed. */
function table({ saga, rows }: FailureMatrix): string {
  const cells = rows.map((row) => [row.step, outcome(row), list(row.stays, "-"), asks(row)]);
  const all = [["WHEN THIS FAILS", "UNDONE", "STAYS", "A PERSON"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell)).join("  ").trimEnd());
  return `\nsaga ${saga}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function outcome({ place, undone, caught }: FailureRow): string {
  if (caught !== null) return `${list(undone, "-")}; goes on behind ${caught}`;
  return place === "behind" ? "nothing: tried again" : list(undone, "-");
}

const asks = ({ operator }: FailureRow): string => (operator === "gives up" ? "when its policy gives up" : operator === "unknown" ? "when its outcome is unknown" : "-");
