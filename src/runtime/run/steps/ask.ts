import type { RunEvent, Wait } from "../../../core/event.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { StepError } from "../../../core/errors.js";
import { append, startTimer } from "../active-run.js";
import { durableWait } from "../wait.js";
import type { Frame } from "../frame.js";
import type { Maker, Output, StepBody } from "../ready.js";

/** Parks the run until a person answers, or until its time is over. */
export function makeAsk(maker: Maker, plan: StepPlan & { kind: "ask" }): StepBody {
  const question = maker.prompt(plan.question);
  const show = plan.show === undefined ? null : maker.data(plan.show);
  const late = plan.onTimeout === undefined ? null : maker.data(plan.onTimeout);
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const events = run.past?.get(path)?.events ?? [];
    const opened = events.find((event) => event.type === "wait.opened");
    const wait: Wait = opened?.type === "wait.opened" ? opened.data : {
      kind: "ask",
      path,
      ...(plan.timeout === undefined ? {} : { until: run.ctx.ports.clock.now() + plan.timeout }),
      question: question(frame.env),
      ...(show === null ? {} : { show: show(frame.env) }),
      ...(plan.to === undefined ? {} : { to: plan.to }),
    };
    if (opened === undefined) {
      append(run, "wait.opened", path, wait);
      if (wait.until !== undefined) append(run, "timer.set", path, { due: wait.until, why: "ask" }, [{ op: "timer.put", path, due: wait.until }]);
      await run.ctx.journal.barrier();
    }
    const end = events.find(isEnd) ?? (await answered(frame, path, wait));
    if (end.type === "signal.received") {
      append(run, "step.completed", path, { attempt: 1, ms: 0, output: end.data.payload });
      return end.data.payload;
    }
    if (late === null) throw new StepError("timeout", "nobody answered in time");
    const output = late(frame.env);
    append(run, "step.completed", path, { attempt: 1, ms: 0, output });
    return output;
  };
  return { compute: null, act, records: true };
}

const isEnd = (event: RunEvent): boolean => event.type === "signal.received" || event.type === "timer.fired";

function answered(frame: Frame, path: Path, wait: Wait): Promise<RunEvent> {
  const { run } = frame;
  const ended = durableWait(frame, path, wait);
  if (wait.until === undefined) return ended;
  const stop = startTimer(run, wait.until - run.ctx.ports.clock.now(), () => {
    append(run, "timer.fired", path, {}, [{ op: "timer.delete", path }]);
    run.waits.get(path)?.({ type: "timer.fired", run: run.ctx.run, seq: -1, at: 0, path, data: {} });
  });
  return ended.finally(stop);
}
