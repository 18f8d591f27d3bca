import { StepError } from "../../core/errors.js";
import type { Data, Expr, ExprAst, Prompt } from "../../core/expression.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { isPivot, isPivotal } from "../../core/plan/pivot.js";
import type { BlockPlan, CatchPlan, StepPlan } from "../../core/plan/step.js";
import { compileExpr } from "../../expr/evaluate.js";
import { textOf } from "../../expr/evaluate/text-of.js";
import { compileData, compileOptionalData, compilePrompt } from "../../expr/render.js";
import { withLock } from "../lock/hold.js";
import { reads, readsVariable } from "../reads.js";
import { isTimed } from "../saga/insist.js";
import { waiterPlaces } from "../waiter/places.js";
import { sized, textual } from "./output-size.js";
import { readyAgent, readyTool, readyTopic } from "./ready-declared.js";
import type { LockName, Maker, Output, ReadyBlock, ReadyCatch, ReadyPlan, ReadyStep, StepBody } from "./ready.js";
import { recall } from "./recall.js";
import { makeBody } from "./steps/make-body.js";

const prepared = new WeakMap<FlowPlan, ReadyPlan>();

/** A plan's expressions as closures and its schemas as checks: made once per process and plan. */
export function prepare(plan: FlowPlan): ReadyPlan {
  const known = prepared.get(plan);
  if (known !== undefined) return known;
  const made = makeReady(plan);
  prepared.set(plan, made);
  return made;
}

function makeReady(plan: FlowPlan): ReadyPlan {
  const maker: Maker = {
    plan,
    ready: () => ready,
    block: (block, apart = false) => makeBlock(maker, block, apart),
    catches: (list) => makeCatches(maker, list),
    expr: (expr) => compileExpr(expr.ast, expr.text),
    data: (data: Data) => sized(compileData(data)),
    optionalData: (data: Data) => sized(compileOptionalData(data)),
    output: (data: Data) => textual(compileOptionalData(data)),
    prompt: (prompt: Prompt) => sized(compilePrompt(prompt)),
  };
  const ready: ReadyPlan = {
    plan,
    maker,
    get body() {
      return body;
    },
    budgetKey: plan.budget?.key === undefined ? null : maker.expr(plan.budget.key),
    usesInfo: readsVariable(plan.body, "info"),
    endReadsNow: reads([plan.body.value, plan.body.catch], isNow),
    topic: once((name) => readyTopic(plan, name)),
    tool: once((name) => readyTool(plan, name)),
    undo: once((id) => maker.block(undoBlock(plan, id), true)),
    agent: once((name) => readyAgent(plan, name)),
    policy(name) {
      const found = name === undefined ? undefined : plan.policies[name];
      return name === undefined || found === undefined ? null : { name, plan: found };
    },
  };
  const body = makeBlock(maker, plan.body, false);
  return ready;
}

function makeBlock(maker: Maker, plan: BlockPlan, apart: boolean): ReadyBlock {
  const steps = plan.steps.map((step) => makeStep(maker, step));
  const catches = plan.catch === undefined ? null : makeCatches(maker, plan.catch);
  return {
    plan,
    when: plan.when === undefined ? null : maker.expr(plan.when),
    steps,
    value: plan.value === undefined ? null : maker.optionalData(plan.value),
    lock: makeLock(maker, plan.lock),
    catches,
    pure: plan.lock === undefined && steps.every((step) => step.compute !== null && (step.catches === null || step.catches.pure)) && (catches === null || catches.pure) && plan.timeout === undefined,
    registers: waiterPlaces(maker.plan).before.has(plan),
    ownScope: steps.length > 0 && (apart || steps.some(({ auto }) => auto)),
  };
}

function makeStep(maker: Maker, plan: StepPlan): ReadyStep {
  const lock = makeLock(maker, plan.lock);
  const body = makeBody(maker, plan);
  return {
    ...(lock === null ? body : locked(body, lock, plan.timeout)),
    id: plan.id,
    lock,
    kind: plan.kind,
    auto: new RegExp(`^${plan.kind}\\d+$`).test(plan.id),
    when: plan.when === undefined ? null : maker.expr(plan.when),
    catches: plan.catch === undefined ? null : makeCatches(maker, plan.catch),
    readsNow: reads(plan, isNow),
    pivot: isPivot(plan),
    pivotal: isPivotal(plan),
  };
}

function makeLock(maker: Maker, expr: Expr | undefined): LockName | null {
  if (expr === undefined) return null;
  const value = maker.expr(expr);
  return sized((env) => textOf(value(env)));
}

/** A step that may have to wait for its lock is never done at once. */
function locked(body: StepBody, lock: LockName, timeout: number | undefined): StepBody {
  const { act, compute, overdue } = body;
  return {
    ...body,
    compute: null,
    act: (frame, path) => {
      const work = async (): Promise<Output> => (act !== null ? act(frame, path) : compute?.(frame, path));
      // What has ended is looked up, and needs no lock: of a run that was opened again, the record of its locks is void.
      if (recall(frame.run, path) !== null) return work();
      return withLock<Output>(frame, path, lock, {
        timeout: isTimed(frame) || overdue !== undefined ? timeout : undefined,
        work,
        late: async (why) => {
          if (overdue !== undefined) return overdue(frame, path);
          throw new StepError("timeout", why);
        },
      });
    },
  };
}

function makeCatches(maker: Maker, list: readonly CatchPlan[]): ReadyCatch {
  const clauses = list.map(({ on, block }) => ({ codes: on === "any" ? null : new Set(on), block: makeBlock(maker, block, true) }));
  return { clauses, pure: clauses.every(({ block }) => block.pure) };
}

const isNow = (ast: ExprAst): boolean => ast.op === "get" && ast.name === "now" && ast.of.op === "var" && ast.of.name === "run";

function undoBlock(plan: FlowPlan, id: string): BlockPlan {
  for (const { compensate } of Object.values(plan.tools)) if (compensate?.id === id) return compensate.block;
  for (const step of stepsIn(plan.body)) if ("compensate" in step && step.compensate?.id === id) return step.compensate.block;
  throw new TypeError(`the plan has nothing that undoes ${id}`);
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const fresh = make(name);
    made.set(name, fresh);
    return fresh;
  };
}
