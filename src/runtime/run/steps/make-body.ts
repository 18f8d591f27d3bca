import type { StepPlan } from "../../../core/plan/step.js";
import type { Maker, StepBody } from "../ready.js";
import { makeAgent } from "./agent.js";
import { makeAsk } from "./ask.js";
import { makeCall } from "./call.js";
import { makeEmit } from "./emit.js";
import { makeFail, makeReturn } from "./end.js";
import { makeLoop } from "./loop.js";
import { makeMap } from "./map.js";
import { makeParallel } from "./parallel.js";
import { makeSaga } from "./saga.js";
import { makeSet } from "./set.js";
import { makeSwitch } from "./switch.js";
import { makeGet, makePut } from "./table.js";
import { makeTool } from "./tool.js";
import { makeWait } from "./wait.js";
import { withDeadline } from "../deadline.js";

/** What a step does, from its plan; its own `timeout` is around all of it, retries and parking included. A tool, a table, an `ask`, a `wait` and a saga look after theirs themselves. */
export function makeBody(maker: Maker, plan: StepPlan): StepBody {
  const body = bodyOf(maker, plan);
  const { timeout } = plan;
  const { act } = body;
  if (timeout === undefined || act === null || OWN_TIMEOUT.has(plan.kind) || (plan.kind === "agent" && plan.queue !== undefined)) return body;
  const late = plan.kind === "call" && plan.run !== undefined ? "counts" : "ignored";
  return { ...body, act: (frame, path) => withDeadline(frame, path, timeout, (inside) => act(inside, path), "timeout", late) };
}

const OWN_TIMEOUT: ReadonlySet<StepPlan["kind"]> = new Set(["tool", "get", "put", "ask", "wait", "saga"]);

function bodyOf(maker: Maker, plan: StepPlan): StepBody {
  switch (plan.kind) {
    case "agent":
      return makeAgent(maker, plan);
    case "tool":
      return makeTool(maker, plan);
    case "set":
      return makeSet(maker, plan);
    case "emit":
      return makeEmit(maker, plan);
    case "switch":
      return makeSwitch(maker, plan);
    case "parallel":
      return makeParallel(maker, plan);
    case "map":
      return makeMap(maker, plan);
    case "loop":
      return makeLoop(maker, plan);
    case "saga":
      return makeSaga(maker, plan);
    case "call":
      return makeCall(maker, plan);
    case "ask":
      return makeAsk(maker, plan);
    case "get":
      return makeGet(maker, plan);
    case "put":
      return makePut(maker, plan);
    case "wait":
      return makeWait(maker, plan);
    case "fail":
      return makeFail(maker, plan);
    case "return":
      return makeReturn(maker, plan);
  }
}
