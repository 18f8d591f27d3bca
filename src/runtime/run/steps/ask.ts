import type { RunEvent, Wait } from "../../../core/event.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { StepError } from "../../../core/errors.js";
import { isTimed } from "../../saga/insist.js";
import { append } from "../active-run.js";
import type { Frame } from "../frame.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { recordedWait } from "../recorded-wait.js";
import { throwIfCancelled } from "../scope.js";
import { makeTell } from "../tell.js";
import { completeWait, durableWait, withdrawn } from "../wait.js";

/** A signal of this name is a refusal: it raises `denied`. Every other one is the answer, checked by who received it. */
const DENIED = "denied";

/** Parks the run until a person answers, or until its time is over. */
export function makeAsk(maker: Maker, plan: StepPlan & { kind: "ask" }): StepBody {
  const question = maker.prompt(plan.question);
  const show = plan.show === undefined ? null : maker.optionalData(plan.show);
  const preset = plan.default === undefined ? null : maker.optionalData(plan.default);
  const late = plan.onTimeout === undefined ? null : maker.data(plan.onTimeout);
  const tell = makeTell(maker, plan.to);
  const waitOf = (frame: Frame, path: Path): Wait => {
    const [shown, start] = [show?.(frame.env), preset?.(frame.env)];
    return {
      kind: "ask",
      path,
      ...(plan.timeout === undefined || (late === null && !isTimed(frame)) ? {} : { until: (frame.run.since.get(path) ?? frame.run.ctx.ports.clock.now()) + plan.timeout }),
      question: question(frame.env),
      ...(shown === undefined ? {} : { show: shown }),
      ...(plan.to === undefined ? {} : { to: typeof plan.to === "string" ? plan.to : plan.to.is === "topic" ? plan.to.topic : plan.to.tool }),
      ...(start === undefined ? {} : { default: start }),
      output: plan.output,
    };
  };

  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { events, wait: opened, began } = recordedWait(run, path);
    let end = events.find(isEnd);
    if (end === undefined) {
      throwIfCancelled(frame.scope);
      const wait = opened ?? waitOf(frame, path);
      if (opened === null) {
        tell.with(frame, path, wait);
        append(run, "wait.opened", path, wait);
      }
      const told = tell.beside(frame, path, wait);
      end = await durableWait(frame, path, wait).catch((thrown: unknown) => withdrawn(frame, path, thrown)).finally(told);
    }
    if (end.type === "signal.received") {
      if (end.data.name === DENIED) throw new StepError("denied", `\`${end.data.from}\` refused`, { data: end.data.payload });
      return completeWait(frame, path, began, end.data.payload);
    }
    if (late === null) throw new StepError("timeout", "nobody answered in time");
    return completeWait(frame, path, began, late(frame.env));
  };
  return { compute: null, act, records: true, ...(late === null ? {} : { overdue: (frame: Frame, path: Path) => completeWait(frame, path, frame.run.ctx.ports.clock.now(), late(frame.env)) }) };
}

const isEnd = (event: RunEvent): boolean => event.type === "signal.received" || event.type === "timer.fired";
