import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { append } from "../active-run.js";
import { computeBlock } from "../block.js";
import { extend, type Bare } from "../bare.js";
import { breather } from "../breather.js";
import { composite } from "../composite.js";
import { type Frame, inner } from "../frame.js";
import type { Closure, Maker, Output, StepBody } from "../ready.js";
import { restsEnd } from "../rests.js";

type LoopPlan = StepPlan & { readonly kind: "loop" };

/** A fold: `while` before a pass, `until` after it on the new state; a pass's value is the next state. */
export function makeLoop(maker: Maker, plan: LoopPlan): StepBody {
  const init = maker.data(plan.init);
  const over = plan.over === undefined ? null : maker.expr(plan.over);
  const goOn = plan.while === undefined ? null : maker.expr(plan.while);
  const until = plan.until === undefined ? null : maker.expr(plan.until);
  const block = maker.block(plan.block, true);

  const start = (frame: Frame, path: Path): Fold => {
    const items = over === null ? null : over(frame.env);
    if (items !== null && !Array.isArray(items)) throw new StepError("expr", `\`${plan.over?.text ?? "over"}\` is no list`);
    return { ...advanced(frame, path, init), items };
  };
  const vars = (fold: Fold): Record<string, unknown> => ({
    state: fold.state,
    iteration: fold.at,
    ...(fold.items === null ? {} : { [plan.as]: fold.items[fold.at], index: fold.at }),
  });
  /** Whether another pass follows. Raises `exhausted` where `max` passes were not enough. */
  const another = (frame: Frame, fold: Fold): boolean => {
    if (fold.done || (fold.items !== null && fold.at >= fold.items.length)) return false;
    if (goOn !== null && !holds(goOn, frame, vars(fold))) return false;
    if (plan.max === undefined || fold.at < plan.max) return true;
    if (plan.onMax === "stop") return false;
    throw new StepError("exhausted", `after ${plan.max} passes the loop was not done`, { data: fold.state });
  };
  const after = (frame: Frame, path: Path, fold: Fold, state: Output): void => {
    fold.state = state ?? null;
    fold.at += 1;
    if (plan.catch !== undefined) frame.run.loopStates.set(path, fold.state);
    if (until !== null && holds(until, frame, { ...vars(fold), iteration: fold.at - 1 })) fold.done = true;
  };
  const passFrame = (frame: Frame, path: Path, fold: Fold, quiet: boolean): Frame => inner(frame, block, `${path}#${fold.at}/`, { vars: vars(fold), quiet });
  /** What the loop's own `catch` sees: the last completed state, also where the failure comes from the record. */
  const caught = (frame: Frame, path: Path): Bare => {
    const env = extend(frame.env);
    try {
      env["state"] = frame.run.loopStates.get(path) ?? advanced(frame, path, init).state;
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      // It was `init` that failed: there is none, nor is that of a loop around.
      env["state"] = undefined;
    }
    return env;
  };

  const compute = (frame: Frame, path: Path): Output => {
    const fold = start(frame, path);
    while (another(frame, fold)) after(frame, path, fold, computeBlock(block, passFrame(frame, path, fold, true)));
    return fold.state;
  };
  if (block.pure) {
    // The same with turns of the loop in between, where nothing around it has to be at once.
    const act = async (frame: Frame, path: Path): Promise<Output> => {
      const fold = start(frame, path);
      const breathe = breather(frame);
      try {
        while (another(frame, fold)) {
          after(frame, path, fold, computeBlock(block, passFrame(frame, path, fold, true)));
          const turn = breathe();
          if (turn !== undefined) await turn;
        }
      } catch (thrown) {
        // For the `state` of a catch that goes on in another process.
        if (plan.catch !== undefined && fold.at > 0) append(frame.run, "loop.advanced", path, { i: fold.at - 1, carried: { state: fold.state, done: fold.done } });
        throw thrown;
      }
      return fold.state;
    };
    return { compute, act, records: false, caught };
  }
  const act = (frame: Frame, path: Path): Promise<Output> =>
    composite(frame, path, { kind: plan.kind, effect: "pure" }, async (within) => {
      const fold = start(frame, path);
      while (another(frame, fold)) {
        after(frame, path, fold, await actBlock(block, passFrame(within, path, fold, frame.quiet)));
        if (within.rests.open.size > 0) await restsEnd(frame.run, within.rests.open);
        append(frame.run, "loop.advanced", path, { i: fold.at - 1, carried: { state: fold.state, done: fold.done } });
      }
      return fold.state;
    });
  return { compute: null, act, records: true, caught };
}

interface Fold {
  state: Json;
  /** Passes done. */
  at: number;
  readonly items: readonly unknown[] | null;
  /** `until` has held. */
  done: boolean;
}

function holds(test: Closure, frame: Frame, vars: Readonly<Record<string, unknown>>): boolean {
  const env: Bare = Object.assign(extend(frame.env), vars);
  return test(env) === true;
}

/** Replay starts behind the last recorded pass (I5). */
function advanced(frame: Frame, path: Path, init: (env: Bare) => Json): { state: Json; at: number; done: boolean } {
  const last = frame.quiet ? undefined : frame.run.past?.get(path)?.events.findLast((event) => event.type === "loop.advanced");
  if (last?.type !== "loop.advanced") return { state: init(frame.env), at: 0, done: false };
  const { i, carried } = last.data;
  return { state: carried.state, at: i + 1, done: carried.done };
}
