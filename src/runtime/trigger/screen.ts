import { CLAIM } from "../../core/claim.js";
import { ERASED } from "../../core/erased.js";
import { REDRIVE_TO } from "../../core/redrive-headers.js";
import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Delivery } from "../../core/ports/bus.js";
import { compileExpr } from "../../expr/evaluate.js";
import { compileValidator } from "../../schema/validator.js";
import { decode, undecodable } from "./decode.js";
import { type Poison, poison, poisonOf } from "./poison.js";
import { type Binder, compileKey, type TopicTrigger } from "./variables.js";

/** A message that passed `where`. */
export interface Screened {
  readonly verdict: "pass";
  readonly delivery: Delivery;
  readonly message: Json;
  /** Null without `dedupe`. */
  readonly dedupeKey: string | null;
}

/** The first part of a trigger: decode → schema → `where` → dedupe key. At once, and without a trace of what it drops. */
export type Screen = (delivery: Delivery) => "dropped" | Screened | Poison;

export function compileScreen(plan: FlowPlan, trigger: TopicTrigger, binder: Binder): Screen {
  const validate = compileValidator(plan.schemas[trigger.message] ?? true);
  const where = trigger.where === undefined ? null : compileExpr(trigger.where.ast, trigger.where.text);
  const dedupeKey = trigger.dedupe === undefined ? null : compileKey(trigger.dedupe.key);
  return (delivery) => {
    if (delivery.headers[ERASED] !== undefined || isForOther(delivery, plan.id)) return "dropped";
    // I39: it would be there by now.
    if (delivery.headers[CLAIM] !== undefined) return poison(delivery, "decode", `its body was stored apart (${delivery.headers[CLAIM]}), and the store does not have it`);
    let message: Json;
    try {
      if (delivery.content?.is === "problem") return poison(delivery, "decode", delivery.content.problem);
      message = delivery.content === undefined ? decode(delivery.body) : delivery.content.value;
    } catch (thrown) {
      return poison(delivery, "decode", undecodable(delivery.body, thrown));
    }
    const issues = validate(message);
    if (issues !== null) return poison(delivery, "schema", issues.map((issue) => issue.message).join("; "), message);
    try {
      const variables = binder.bind(delivery, message);
      if (where !== null && where(variables) !== true) return "dropped";
      return { verdict: "pass", delivery, message, dedupeKey: dedupeKey === null ? null : present(dedupeKey(variables)) };
    } catch (thrown) {
      return poisonOf(delivery, thrown, "`on`", message);
    }
  };
}

const isForOther = ({ headers }: Delivery, flow: string): boolean => headers[REDRIVE_TO] !== undefined && headers[REDRIVE_TO] !== flow;

/** What one batch comes to. */
export interface Screening {
  readonly passed: readonly Screened[];
  readonly poisoned: readonly Poison[];
  readonly dropped: number;
}

/** A loop in a function of its own: inside the asynchronous handlers V8 runs it without optimising it. */
export function screenBatch(screen: Screen, batch: readonly Delivery[]): Screening {
  const passed: Screened[] = [];
  const poisoned: Poison[] = [];
  let dropped = 0;
  for (const delivery of batch) {
    const screened = screen(delivery);
    if (screened === "dropped") dropped += 1;
    else if (screened.verdict === "poison") poisoned.push(screened);
    else passed.push(screened);
  }
  return { passed, poisoned, dropped };
}

function present(key: string | null): string {
  if (key === null) throw new StepError("expr", "the dedupe key is absent");
  return key;
}
