import { StepError } from "../../core/errors.js";
import type { Wait } from "../../core/event.js";
import { TRANSIENT } from "../policy/retryable.js";
import type { AskedPlan } from "../../core/plan/step.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave, type ActiveRun } from "./active-run.js";
import { extend } from "./bare.js";
import { callTool } from "./call-tool.js";
import { emitMessage } from "./emit-message.js";
import type { Frame } from "./frame.js";
import type { RunContext } from "./context.js";
import { idempotencyKey } from "./idempotency-key.js";
import { questionOf } from "./question.js";
import { flowError, isFatal } from "./raised.js";
import type { DataClosure, Maker } from "./ready.js";
import { cancelScope, openScope } from "./scope.js";
import type { ToolRequest } from "./tool-request.js";

/** How a question gets to somebody outside. Whatever becomes of it, the question stands: it is a part of the journal's own. */
export interface Tell {
  /** What becomes durable with the question. */
  with(frame: Frame, path: Path, wait: Wait): void;
  /** What goes on beside it, over parking and restarts, until it has succeeded; the result ends it. */
  beside(frame: Frame, path: Path, wait: Wait): () => void;
}

/** For two days. */
const UNTIL_TOLD: NonNullable<ToolRequest["policy"]> = {
  name: "",
  plan: { timeout: 30_000, retry: { max: 200, backoff: "exponential", initial: 200, cap: 900_000, jitter: "full", on: [...TRANSIENT, "unknown"] } },
};
const nothing = (): void => undefined;

export function makeTell(maker: Maker, to: AskedPlan | string | undefined): Tell {
  if (to === undefined || typeof to === "string") return { with: nothing, beside: () => nothing };
  return to.is === "topic" ? { with: intoTopic(maker, to.topic), beside: () => nothing } : { with: nothing, beside: byTool(maker, to.tool, maker.data(to.with)) };
}

/** Its place in the journal. */
export const told = (path: Path): Path => `${path}!to`;

function intoTopic(maker: Maker, name: string): Tell["with"] {
  return ({ run }, path, wait) => {
    try {
      emitMessage(run, told(path), maker.ready().topic(name), questionOf(run.ctx, wait), null);
    } catch (thrown) {
      notTold(run, path, thrown);
    }
  };
}

function byTool(maker: Maker, name: string, input: DataClosure): Tell["beside"] {
  const call = async (frame: Frame, path: Path, wait: Wait): Promise<void> => {
    const at = told(path);
    const { ctx } = frame.run;
    const tool = maker.ready().tool(name);
    const data = input(Object.assign(extend(frame.env), { asked: questionOf(ctx, wait) }));
    await callTool(frame, at, { tool, input: data, policy: UNTIL_TOLD, key: tool.plan.effect === "read" ? "" : keyOf(ctx, at), onUnknown: "again", timeout: null, undo: null });
  };
  return (outer, path, wait) => {
    const { run } = outer;
    const isOver = run.past?.get(told(path))?.events.some((event) => event.type === "step.completed" || (event.type === "step.failed" && event.data.retryAt === undefined));
    if (isOver === true) return nothing;
    const scope = openScope(outer.scope);
    enter(run);
    // No part of a saga, and nothing that an operator has to look at.
    const telling = call({ ...outer, scope, info: null, undo: null, must: null, catching: [] }, path, wait)
      .catch((thrown: unknown) => notTold(run, path, thrown))
      .finally(() => {
        leave(run);
        run.background.delete(telling);
      });
    // What it records when it is ended stands before the run's end.
    run.background.add(telling);
    return () => cancelScope(scope, "return");
  };
}

/** A question is of its own run, also where that has the keys of another one (I17): else the tool takes it for that one's. */
const keyOf = ({ run }: RunContext, at: Path): string => idempotencyKey(run, at);

/** Failures of the call itself are on record; here its input could not be made. */
function notTold(run: ActiveRun, path: Path, thrown: unknown): void {
  if (isFatal(thrown)) run.fatal ??= thrown;
  else if (thrown instanceof StepError) append(run, "step.failed", told(path), { attempt: 1, error: flowError(thrown, told(path), 1), outcome: "not_applied" });
}
