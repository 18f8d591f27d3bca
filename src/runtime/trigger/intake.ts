import { StepError } from "../../core/errors.js";
import type { Expr } from "../../core/expression.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { Delivery } from "../../core/ports/bus.js";
import { compileExpr, type Env } from "../../expr/evaluate.js";
import { textOf } from "../../expr/evaluate/text-of.js";
import { compileData } from "../../expr/render.js";
import { compileValidator, type Validator } from "../../schema/validator.js";
import { Bare } from "../run/bare.js";
import { decode } from "./decode.js";
import { metaOf } from "./meta.js";
import type { Poison } from "./poison.js";
import { identityOf, redrives } from "./run-id.js";

export type TopicTrigger = TriggerPlan & { readonly kind: "topic" };

/** A message on its way to a run. */
export interface Accepted {
  readonly delivery: Delivery;
  readonly message: Json;
  readonly input: Json;
  /** The message's key: the topic's `key`, else the broker's. */
  readonly key: string | null;
  /** What its run is known by (I17). */
  readonly identity: string;
  /** Only one run of a lane at a time; null: none to wait for. */
  readonly lane: string | null;
  readonly redrive: number;
}

/** One delivery: dropped by `where` (null), a poisoned message, or one to run. At once, and without garbage for what is dropped. */
export type Intake = (delivery: Delivery) => Accepted | Poison | null;

export function compileIntake(plan: FlowPlan, trigger: TopicTrigger): Intake {
  const topic = plan.topics[trigger.topic];
  const fits = validatorOf(plan, trigger.message);
  const where = trigger.where === undefined ? null : closure(trigger.where);
  const whereReadsMeta = /\bmeta\b/.test(trigger.where?.text ?? "");
  const dedupeKey = trigger.dedupe === undefined ? null : textClosure(trigger.dedupe.key, "dedupe.key");
  const ownKey = topic?.key === undefined ? null : textClosure(topic.key, "key");
  const by = trigger.ordering?.by;
  const laneKey = by === undefined || by === "key" ? null : textClosure(by, "ordering.by");
  const render = compileData(trigger.with);
  const inputFits = isWhole(trigger) && trigger.message === plan.input ? null : validatorOf(plan, plan.input);
  // One environment for all messages that `where` looks at: nothing of it outlives the call.
  const env = new Bare();

  return (delivery) => {
    let message: Json;
    try {
      message = decode(delivery.body);
    } catch (thrown) {
      return { error: { code: "decode", message: `the message is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` } };
    }
    const issues = fits(message);
    if (issues !== null) return { message, error: { code: "schema", message: issues.map((issue) => issue.message).join("; ") } };
    try {
      env["msg"] = message;
      if (where !== null) {
        if (whereReadsMeta) env["meta"] = metaOf(delivery);
        if (where(env) !== true) return null;
      }
      env["meta"] = metaOf(delivery);
      const key = ownKey === null ? delivery.key : ownKey(env);
      const input = render(env);
      const wrong = inputFits === null ? null : inputFits(input);
      if (wrong !== null) return { message, error: { code: "schema", message: `\`with\` does not fit the flow's input: ${wrong.map((issue) => issue.message).join("; ")}` } };
      return {
        delivery,
        message,
        input,
        key,
        identity: dedupeKey === null ? identityOf(delivery) : dedupeKey(env),
        lane: by === undefined ? null : laneKey === null ? key : laneKey(env),
        redrive: redrives(delivery),
      };
    } catch (thrown) {
      if (thrown instanceof StepError) return { message, error: { code: thrown.code, message: thrown.message } };
      throw thrown;
    }
  };
}

const closure = (expr: Expr): ((env: Env) => unknown) => compileExpr(expr.ast, expr.text);

function textClosure(expr: Expr, what: string): (env: Env) => string {
  const evaluate = closure(expr);
  return (env) => {
    const value = evaluate(env);
    if (value === undefined || value === null) throw new StepError("expr", `\`${what}: ${expr.text}\` is not there`);
    return textOf(value);
  };
}

function validatorOf(plan: FlowPlan, id: string): Validator {
  const schema = plan.schemas[id];
  if (schema === undefined) throw new TypeError(`the plan of ${plan.id} has no schema ${id}`);
  return compileValidator(schema);
}

/** The input is the message itself. */
const isWhole = ({ with: data }: TriggerPlan): boolean => data.data === "hole" && data.expr.ast.op === "var" && data.expr.ast.name === "msg";
