import { keyTextOf } from "../../expr/evaluate/text-of.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { compileExpr } from "../../expr/evaluate.js";
import type { Expr } from "../../core/expression.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { Delivery } from "../../core/ports/bus.js";
import { messageId } from "./identity.js";
import { readsVariable } from "../reads.js";

export type TopicTrigger = TriggerPlan & { readonly kind: "topic" };

/** `msg` and `meta` of a trigger's expressions. */
export interface Variables {
  [name: string]: unknown;
  msg: unknown;
  meta: unknown;
}

export interface Binder {
  /** Binds one message; the result holds until the next one is bound. `meta` is made only where something reads it. */
  bind(delivery: Delivery, message: Json): Variables;
  /** The message's key: the topic's `key` over it, else the broker's. Only for the message bound last. */
  key(delivery: Delivery): string | null;
}

export function createBinder(plan: FlowPlan, trigger: TopicTrigger): Binder {
  const keyExpr = plan.topics[trigger.topic]?.key;
  const keyOf = keyExpr === undefined ? null : compileKey(keyExpr);
  const readsMeta = readsVariable([trigger.where, trigger.dedupe?.key, trigger.ordering?.by, trigger.with, keyExpr], "meta");
  const variables: Variables = { msg: null, meta: null };
  const brokerMeta = (delivery: Delivery, key: string | null): object => ({
    key,
    headers: delivery.headers,
    topic: delivery.topic,
    timestamp: new Timestamp(delivery.timestamp),
    id: messageId(delivery),
  });
  return {
    bind(delivery, message) {
      variables.msg = message;
      if (readsMeta) {
        variables.meta = brokerMeta(delivery, delivery.key);
        if (keyOf !== null) variables.meta = brokerMeta(delivery, keyOf(variables));
      }
      return variables;
    },
    key: (delivery) => (keyOf === null ? delivery.key : keyOf(variables)),
  };
}

/** A key is text; an empty optional is no key. */
export function compileKey({ ast, text }: Expr): (variables: Variables) => string | null {
  const evaluate = compileExpr(ast, text);
  return (variables) => keyTextOf(evaluate(variables));
}
