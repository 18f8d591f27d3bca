import { StepError } from "../../core/errors.js";
import type { Data, Expr, ExprAst, Prompt } from "../../core/expression.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { isPivot, isPivotal } from "../../core/plan/pivot.js";
import type { BlockPlan, CatchPlan, StepPlan } from "../../core/plan/step.js";
import { compileExpr } from "../../expr/evaluate.js";
import { textOf } from "../../expr/evaluate/text-of.js";
import { compileData, compileOptionalData, compilePrompt } from "../../expr/render.js";
import { waiterPlaces } from "../waiter/places.js";
import { checkOf } from "./check-of.js";
import { endedByReply, heardReply } from "./heard-reply.js";
import { isTimed } from "../saga/insist.js";
import { withLock } from "../lock/hold.js";
import { sized, textual } from "./output-size.js";
import { recall } from "./recall.js";
import type { LockName, Maker, Output, ReadyAgent, ReadyBlock, ReadyCatch, ReadyPlan, ReadyStep, ReadyTool, ReadyTopic, StepBody } from "./ready.js";
import type { Tool } from "../../core/ports/tool.js";
import type { ActiveRun } from "./active-run.js";
import { stepsIn } from "../../core/plan/blocks.js";
import { makeBody } from "./steps/make-body.js";
import { toOutput, toOwnError } from "./tool-data.js";

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
    block: (block, apart) => makeBlock(maker, block, apart !== undefined),
    catches: (list) => makeCatches(maker, list),
    expr: (expr) => compileExpr(expr.ast, expr.text),
    data: (data: Data) => sized(compileData(data)),
    optionalData: (data: Data) => sized(compileOptionalData(data)),
    output: (data: Data) => textual(compileOptionalData(data)),
    prompt: (prompt: Prompt) => sized(compilePrompt(prompt)),
  };
  const topics = once((name) => readyTopic(plan, name));
  const tools = once((name) => readyTool(plan, name));
  const undos = once((id) => maker.block(undoBlock(plan, id), "fresh"));
  const agents = once((name) => readyAgent(plan, name));
  const ready: ReadyPlan = {
    plan,
    maker,
    get body() {
      return body;
    },
    budgetKey: plan.budget?.key === undefined ? null : maker.expr(plan.budget.key),
    usesInfo: readsInfo(plan),
    endReadsNow: reads([plan.body.value, plan.body.catch], isNow),
    topic: topics,
    tool: tools,
    undo: undos,
    agent: agents,
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

/** Whether an expression at or below a part of the plan holds a node. Plans are plain JSON, so any part can be walked. */
function reads(part: unknown, test: (ast: ExprAst) => boolean): boolean {
  if (typeof part !== "object" || part === null) return false;
  if (isAst(part) && test(part)) return true;
  return Object.values(part).some((inner) => reads(inner, test));
}
const isAst = (part: object): part is ExprAst => "op" in part && "at" in part;
const isNow = (ast: ExprAst): boolean => ast.op === "get" && ast.name === "now" && ast.of.op === "var" && ast.of.name === "run";
const readsInfo = (plan: FlowPlan): boolean => reads(plan.body, (ast) => ast.op === "var" && ast.name === "info");

function readyTopic(plan: FlowPlan, name: string): ReadyTopic {
  const topic = plan.topics[name];
  return { name, key: topic?.key === undefined ? null : closure(topic.key), readsMeta: reads(topic?.key, (ast) => ast.op === "var" && ast.name === "meta"), check: checkOf(plan, topic?.message), most: topic?.maxBytes ?? null, claimCheck: topic?.claimCheck === true };
}

function readyTool(plan: FlowPlan, name: string): ReadyTool {
  const tool = required(plan.tools[name], "tool", name);
  return {
    name,
    plan: tool,
    checkInput: checkOf(plan, tool.input),
    remembers: false,
    longest: tool.kind === "request" ? tool.timeout : null,
    isAnswered: (run, path, key) => tool.kind === "request" && heardReply(run, path, key) !== null,
    file: tool.kind === "module" ? tool.file : null,
    connect: (run) => (run.ctx.held?.() === true ? new Promise(() => undefined) : tool.kind === "request" ? answered(run, name) : run.ctx.ports.tool(run.ctx.plan, name)),
    output: toOutput(name, tool, checkOf(plan, tool.output)),
    failure: toOwnError(plan, name, tool),
    value: tool.kind === "expr" ? compileData(tool.value) : null,
    verify: tool.verify === undefined ? null : { tool: tool.verify.tool, with: sized(compileData(tool.verify.with)) },
  };
}

/** A request whose answer the run has heard is not sent again. */
async function answered(run: ActiveRun, name: string): Promise<Tool> {
  const tool = await run.ctx.ports.tool(run.ctx.plan, name);
  return {
    ...tool,
    async call(call) {
      const { path } = call.run;
      try {
        return await tool.call({ ...call, heard: () => heardReply(run, path, call.key) });
      } catch (thrown) {
        // What comes when its time is over is the next attempt's.
        if (!call.signal.aborted && thrown instanceof StepError && thrown.outcome === "not_applied") endedByReply(run, path);
        throw thrown;
      }
    },
  };
}

function readyAgent(plan: FlowPlan, name: string): ReadyAgent {
  const agent = required(plan.agents[name], "agent", name);
  const guards = (list: typeof agent.guards.input) => list.map((guard) => ({ text: guard.check.text, check: closure(guard.check), onFail: guard.onFail }));
  return {
    name,
    plan: agent,
    instructions: sized(compilePrompt(agent.instructions)),
    checkOutput: checkOf(plan, agent.output),
    guards: { input: guards(agent.guards.input), output: guards(agent.guards.output) },
    models: agent.models.map((model) => ({ name: model, plan: required(plan.models[model], "model", model) })),
  };
}

function undoBlock(plan: FlowPlan, id: string): BlockPlan {
  for (const { compensate } of Object.values(plan.tools)) if (compensate?.id === id) return compensate.block;
  for (const step of stepsIn(plan.body)) if ("compensate" in step && step.compensate?.id === id) return step.compensate.block;
  throw new TypeError(`the plan has nothing that undoes ${id}`);
}

const closure = (expr: Expr) => compileExpr(expr.ast, expr.text);

function required<T>(value: T | undefined, what: string, name: string): T {
  if (value === undefined) throw new TypeError(`the plan has no ${what} ${name}`);
  return value;
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
