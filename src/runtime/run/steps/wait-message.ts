import { StepError } from "../../../core/errors.js";
import type { Wait } from "../../../core/event.js";
import type { Json } from "../../../core/json.js";
import type { StepPlan, WaitPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { messageName } from "../../waiter/message-name.js";
import { type PlacedWaiter, waiterPlaces } from "../../waiter/places.js";
import { register } from "../../waiter/register.js";
import { append } from "../active-run.js";
import { extend } from "../bare.js";
import type { Frame } from "../frame.js";
import type { Closure, Maker, Output, StepBody } from "../ready.js";
import { recordedWait } from "../recorded-wait.js";
import { throwIfCancelled } from "../scope.js";
import { takenAt, takeSignal, type Signal } from "../signals.js";
import { completeWait, durableWait, withdrawn } from "../wait.js";

type MessagePlan = WaitPlan & { readonly is: "message" };

/** Takes the first message of its key that no pass before has taken, also one that came before the step; or all of a time. */
export function waitForMessage(maker: Maker, step: StepPlan & { readonly kind: "wait" }, { topic, where, collect }: MessagePlan, timeoutOf: (frame: Frame) => number): StepBody {
  const found = waiterPlaces(maker.plan).of.get(step);
  if (found === undefined) throw new TypeError(`the wait ${step.id} has no place in its plan`);
  const placed = found;
  const holds = where === undefined ? null : maker.expr(where);
  const enough = collect?.until === undefined ? null : maker.expr(collect.until);

  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { events, wait: opened, began } = recordedWait(run, path);
    const over = events.some(({ type }) => type === "timer.fired");
    const taken = takenAt(run, path);
    const stand = standing(frame, path, { placed, holds, topic, until: Math.min((run.since.get(path) ?? began) + timeoutOf(frame), began + (collect?.for ?? Infinity)) }, opened);
    const done = (output: Json): Output => completeWait(frame, path, began, output, placed.repeats ? [] : [{ op: "waiter.delete", wait: placed.wait }]);

    if (collect === undefined) {
      const message = taken[0] ?? (over ? null : await stand.next());
      if (message === null) throw new StepError("timeout", `no message of \`${topic}\` came in time`);
      return done(message.data.payload);
    }
    const msgs = taken.map(({ data }) => data.payload);
    const isEnough = (): boolean => enough !== null && enough(Object.assign(extend(frame.env), { msgs })) === true;
    // Its time begins here, whatever has come before.
    if (!over) stand.open();
    while (!over && !isEnough()) {
      const message = await stand.next();
      if (message === null) break;
      msgs.push(message.data.payload);
    }
    return done(msgs);
  };
  return { compute: null, act, records: true };
}

interface Stand {
  /** Records that it waits, once. */
  open(): void;
  /** Null: its time is over. */
  next(): Promise<Signal | null>;
}

function standing(frame: Frame, path: Path, { placed, holds, topic, until }: { readonly placed: PlacedWaiter; readonly holds: Closure | null; readonly topic: string; readonly until: number }, opened: Wait | null): Stand {
  const { run, env } = frame;
  let wait = opened;
  const open = (): Wait => {
    if (wait !== null) return wait;
    throwIfCancelled(frame.scope);
    register(frame, placed);
    const key = placed.key(env);
    wait = { kind: "message", path, topic, key, signal: messageName(placed.wait, key), ...(until < Infinity ? { until } : {}) };
    append(run, "wait.opened", path, wait);
    return wait;
  };
  const accepts = ({ data }: Signal): boolean => holds === null || holds(Object.assign(extend(env), { msg: data.payload })) === true;
  return {
    open: () => void open(),
    async next() {
      throwIfCancelled(frame.scope);
      const name = messageName(placed.wait, placed.key(env));
      let mine: Signal | null = null;
      const take = (): Signal | null => (mine ??= takeSignal(run, path, name, accepts));
      const early = take();
      if (early !== null) return early;
      const stands = open();
      for (;;) {
        const event = await durableWait(frame, path, stands, take).catch((thrown: unknown) => withdrawn(frame, path, thrown));
        if (event.type !== "signal.received") return null;
        // A message of its key has come, which another pass may have taken, or which `where` leaves.
        const taken = take();
        if (taken !== null) return taken;
      }
    },
  };
}
