import type { Expr } from "../../core/expression.js";
import type { TriggerPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, CatchPlan, StepPlan, Target, WaitPlan } from "../../core/plan/step.js";

export const BY_HAND = "by hand";

/** What starts a run that no message does. */
export const describeStart = (trigger: Exclude<TriggerPlan, { kind: "topic" }>): string => (trigger.kind === "manual" ? BY_HAND : trigger.kind === "http" ? `${trigger.method} ${trigger.path}` : `${trigger.cron} in ${trigger.zone}`);

/** What a step does, in a few words: `agent planner`, `emit high-risk`, `tool pay on money`. */
export const describeStep = (step: StepPlan): string => `${describeKind(step)}${step.queue === undefined ? "" : ` on ${step.queue.name}`}`;

function describeKind(step: StepPlan): string {
  switch (step.kind) {
    case "agent":
      return `agent ${target(step.agent)}`;
    case "tool":
      return `tool ${step.tool}`;
    case "emit":
      return `emit ${target(step.topic)}`;
    case "map":
      return `map over ${condition(step.over)}`;
    case "loop":
      return step.max === undefined ? "loop" : `loop, at most ${step.max}`;
    case "call":
      return `call ${step.flow}${step.run === undefined ? "" : step.run.detached === true ? ", detached" : ", a run of its own"}`;
    case "fail":
      return `fail ${step.code}`;
    case "parallel":
      return typeof step.join === "object" ? "parallel" : `parallel, join ${step.join}`;
    case "get":
    case "put":
      return `${step.kind} ${step.table}`;
    case "wait":
      return `wait ${waitedFor(step.for)}`;
    case "set":
    case "saga":
    case "switch":
    case "ask":
    case "return":
      return step.kind;
  }
}

function waitedFor(what: WaitPlan): string {
  switch (what.is) {
    case "duration":
      return durationText(what.ms);
    case "time":
      return `until ${condition(what.at)}`;
    case "signal":
      return `for the signal ${what.signal}`;
    case "message":
      return `for ${what.topic}`;
  }
}

/** As an author writes it: `90s`, `24h`. */
const durationText = (ms: number): string => {
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
};
const UNITS = [["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const;

/** The id says something beside the kind and its number. */
export const hasOwnId = (step: StepPlan): boolean => !new RegExp(`^${step.kind}\\d+$`).test(step.id);

/** An expression on one line, short enough for a drawing. */
export function condition({ text }: Expr): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
const LONGEST = 80;

/** The clauses of a `catch` with what they catch. */
export const clausesOf = (clauses: readonly CatchPlan[] | undefined): readonly Branch[] =>
  (clauses ?? []).map(({ on, block }) => ({ label: `catch ${on === "any" ? "any" : on.join(", ")}`, block }));

export interface Branch {
  readonly label: string;
  readonly block: BlockPlan;
}

const target = (name: Target): string => (typeof name === "string" ? name : name.from.join(" or "));

/** The blocks inside a step with what leads to each. */
export function branchesOf(step: StepPlan): readonly Branch[] {
  const caught = clausesOf(step.catch);
  switch (step.kind) {
    case "switch":
      return [...step.cases.map(({ when, block }) => ({ label: when === undefined ? "else" : condition(when), block })), ...caught];
    case "parallel":
      return [
        ...step.branches.map(({ name, after, block }) => ({
          label: `${after.length === 0 ? name : `${name} after ${after.join(", ")}`}${block.when === undefined ? "" : ` when ${condition(block.when)}`}`,
          block,
        })),
        ...caught,
      ];
    case "map":
    case "loop":
    case "saga":
    case "call":
      return [{ label: "", block: step.block }, ...caught];
    default:
      return caught;
  }
}
