import { withoutEvent } from "../../core/cloudevent.js";
import type { Data } from "../../core/expression.js";
import type { MessageSource } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Delivery } from "../../core/ports/bus.js";
import { keptHeaders, REDRIVE, REDRIVE_OF } from "../../core/redrive-headers.js";
import type { RunId } from "../../core/run-id.js";
import { compileData } from "../../expr/render.js";
import { CORRELATION } from "../request/reply.js";
import { sized } from "../run/output-size.js";
import { byDedupeKey, byMessage, isNew, messageId, runIdOf, type Identity } from "./identity.js";
import { type Poison, poisonOf } from "./poison.js";
import type { Screened } from "./screen.js";
import { type Binder, compileKey, type TopicTrigger, type Variables } from "./variables.js";

/** A message that a run is due for. */
export interface Candidate {
  readonly verdict: "run";
  readonly delivery: Delivery;
  readonly message: Json;
  readonly input: Json;
  readonly key: string | null;
  readonly identity: Identity;
  /** Name of the lane that it waits in (I18), or null. */
  readonly lane: string | null;
  readonly redrives: number;
  /** As far as its broker says, no run of it can be there. */
  readonly isNew: boolean;
  readonly run: RunId;
  /** The run whose id makes the idempotency keys (I17). */
  readonly keyRun: RunId;
}

/** The second part of a trigger, for what is no duplicate: ordering → `with`. */
export type Prepare = (screened: Screened) => Candidate | Poison;

export function compileCandidate(plan: FlowPlan, trigger: TopicTrigger, binder: Binder): Prepare {
  const withMessage = isWholeMessage(trigger.with) ? null : sized(compileData(trigger.with));
  const by = trigger.ordering?.by;
  const laneKey = by === undefined ? null : by === "key" ? "key" : compileKey(by);
  const ttl = trigger.dedupe?.ttl;
  /**
   * Nobody counts a pure run's `n`, and when the key's time is over the next message with it needs an id of its own. Two
   * messages with one key that two processes take at the same moment have one id: what they emit is one message, twice.
   */
  const countOf = ({ timestamp }: Delivery): number => (plan.class === "J" || ttl === undefined || ttl === "forever" ? 0 : Math.floor(timestamp / Math.max(ttl, 1)));
  const laneOf = (variables: Variables, key: string | null): string | null => {
    if (laneKey === null) return null;
    const value = laneKey === "key" ? key : laneKey(variables);
    return `${plan.id}/${value === null ? "" : `=${value}`}`;
  };
  return ({ delivery, message, dedupeKey }) => {
    try {
      const variables = binder.bind(delivery, message);
      const key = binder.key(delivery);
      const lane = laneOf(variables, key);
      const identity = dedupeKey === null ? byMessage(delivery) : byDedupeKey(dedupeKey);
      const n = dedupeKey === null ? 0 : countOf(delivery);
      const redrives = redrivesOf(delivery);
      const run = runIdOf(plan.id, identity, n, redrives);
      return {
        verdict: "run",
        delivery,
        message,
        input: withMessage === null ? message : withMessage(variables),
        key,
        identity,
        lane,
        redrives,
        isNew: dedupeKey === null && redrives === 0 && isNew(delivery),
        run,
        keyRun: redrives === 0 ? run : runIdOf(plan.id, identity, n, 0),
      };
    } catch (thrown) {
      return poisonOf(delivery, thrown, "`on`", message);
    }
  };
}

/** `with: "${msg}"`, the default: nothing to compute, and a dead letter need not keep the message beside the input. */
export const isWholeMessage = (data: Data): boolean => data.data === "hole" && data.expr.ast.op === "var" && data.expr.ast.name === "msg";

/** How often a person or `flowctl.redrive` sent this message again. */
export function redrivesOf({ headers }: Delivery): number {
  const count = Number(headers[REDRIVE] ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** The last run that it made, as it says: whoever sends it can say anything. */
export function lastRunOf({ headers }: Delivery): RunId | undefined {
  const run = headers[REDRIVE_OF];
  return run !== undefined && /^[a-z2-7]{26}$/.test(run) ? run : undefined;
}

export const sourceOf = (delivery: Delivery, key: string | null): MessageSource => ({
  topic: delivery.topic,
  partition: delivery.partition,
  offset: delivery.offset,
  key,
  id: messageId(delivery),
  timestamp: delivery.timestamp,
  ...correlationIn(delivery),
  ...traceOf(delivery),
  ...headersIn(delivery),
  ...(delivery.event === undefined ? {} : { event: delivery.event }),
});

const LONGEST_CORRELATION = 256;

function correlationIn({ headers }: Delivery): { readonly correlation?: string } {
  const correlation = headers[CORRELATION];
  return correlation === undefined || correlation.length > LONGEST_CORRELATION ? {} : { correlation };
}

/** What stands in the source by itself is not kept twice. */
function headersIn({ headers, event }: Delivery): { readonly headers?: Readonly<Record<string, string>> } {
  const others = keptHeaders(event === undefined ? headers : withoutEvent(headers));
  if (others === null) return {};
  const { traceparent = "", ...more } = others;
  const kept = TRACEPARENT.test(traceparent) ? more : others;
  return Object.keys(kept).length === 0 ? {} : { headers: kept };
}

/** No version is `ff`, and no trace or span has only zeros. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** W3C trace context; what is none is not passed on. Clients that take headers for those of HTTP write `Traceparent`. */
export function traceOf({ headers }: Pick<Delivery, "headers">): { readonly traceparent?: string } {
  const traceparent = headers["traceparent"] ?? headers["Traceparent"];
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
