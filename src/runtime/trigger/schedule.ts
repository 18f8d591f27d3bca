import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { Json } from "../../core/json.js";
import { StepError } from "../../core/errors.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { toData } from "../../expr/evaluate/to-data.js";
import { compileData } from "../../expr/render.js";
import { parseSchedule } from "../../expr/schedule.js";
import { patiently, Stopped } from "../patience.js";
import { outgoing } from "../run/outgoing.js";
import type { LoadedFlow, World } from "../world.js";
import { admitAlone, aloneRun } from "./alone.js";
import { isWholeMessage } from "./candidate.js";
import { createDeliver } from "./deliver.js";
import { byTick, runIdOf } from "./identity.js";
import { ownCodes } from "./own-codes.js";
import { runPure } from "./pure-run.js";
import type { Slots } from "./slots.js";
import { wayOf } from "./way.js";

export type ScheduleTrigger = TriggerPlan & { readonly kind: "schedule" };

/** One schedule of a flow, whose ticks become runs. */
export interface Ticking {
  /** A tick is being taken. */
  isBusy(): boolean;
  /** No tick is taken any more; resolves when the one under way is. */
  close(): Promise<void>;
}

/** The clock may be set, and timers do not run while a machine sleeps. */
const HORIZON_MS = 60_000;
/** A tick that found no room is tried again after it. */
const AGAIN_MS = 1000;

/**
 * I17: a tick is K, so that one that is taken twice is one run. The last one taken is in the store: those that nobody
 * was there for are one run, that of the last of them, and a schedule that was never served has missed none.
 */
export async function startTicking(flow: LoadedFlow, trigger: ScheduleTrigger, slots: Slots, hasRoom: () => boolean, world: World): Promise<Ticking> {
  const { clock, store, observer } = world.ports;
  const { id } = flow.plan;
  const way = `${id} ${wayOf(trigger)}`;
  const schedule = parseSchedule(trigger.cron, trigger.zone);
  const take = takeTick(flow, trigger, slots, world);
  let closed = false;
  let toldAhead = false;
  let cancel: (() => void) | null = null;
  let underWay: Promise<void> | null = null;
  const put = (time: number): Promise<void> => patiently(clock, world.stopped, () => store.putTick(way, time));
  let last = await patiently(clock, world.stopped, () => store.beginTicks(way, clock.now()));

  async function look(): Promise<void> {
    const due = schedule.latest(clock.now());
    // Another process may have taken it.
    if (world.shards.shared) last = Math.max(last, (await patiently(clock, world.stopped, () => store.lastTick(way))) ?? last);
    if (due === null || due <= last) {
      tellAhead();
      return arm(HORIZON_MS);
    }
    if (!hasRoom()) return arm(AGAIN_MS);
    if ((schedule.next(last) ?? due) < due) observer.notice?.(`\`${id}\`: ticks of \`${trigger.cron}\` were missed, and only the last of them runs, that of ${new Timestamp(due).toString()}`);
    await take(due);
    last = due;
    await put(due);
    // The store may have been away for so long that the next one is over too.
    arm((schedule.latest(clock.now()) ?? due) > due ? 0 : HORIZON_MS);
  }

  /** The clock was set back, or had been wrong: a tick that was taken is not taken again. */
  function tellAhead(): void {
    if (last <= clock.now() + HORIZON_MS || toldAhead) return;
    toldAhead = true;
    observer.notice?.(`\`${id}\`: the clock is behind the last tick of \`${trigger.cron}\` that ran, ${new Timestamp(last).toString()}: the next one runs after it`);
  }

  function arm(most: number): void {
    if (closed) return;
    const now = clock.now();
    const next = schedule.next(now);
    cancel = clock.after(Math.min(next === null ? most : next - now, most), begin);
  }

  function begin(): void {
    cancel = null;
    underWay = look()
      .catch(world.failed)
      .finally(() => {
        underWay = null;
        world.changed();
      });
  }

  begin();
  return {
    isBusy: () => underWay !== null,
    async close() {
      closed = true;
      cancel?.();
      await underWay;
    },
  };
}

/** The run of a tick: admitted durably, or in a pure flow published, when it resolves. */
function takeTick(flow: LoadedFlow, trigger: ScheduleTrigger, slots: Slots, world: World): (time: number) => Promise<void> {
  const { plan } = flow;
  const { observer } = world.ports;
  const render = tickInput(trigger);
  const deliver = createDeliver(plan, undefined, world);
  const { cron, zone } = trigger;
  return async (time) => {
    const run = runIdOf(plan.id, byTick(cron, zone, time), 0, 0);
    const message = { time: new Timestamp(time).toString() };
    let input: Json;
    try {
      input = render(time, run);
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      world.stats.counters.failed += 1;
      observer.notice?.(failed(plan, message.time, thrown.code, `\`on\`: ${thrown.message}`));
      return;
    }
    if (plan.class === "P") return purely(run, input, message.time, time);
    const origin = { kind: "schedule", cron, zone, time } as const;
    await admitAlone(aloneRun(flow, run, input, world.ports), { origin, ...(isWholeMessage(trigger.with) ? {} : { message }) }, slots, world);
  };

  /** Published before the tick counts as taken: a crash in between repeats it with the same ids. */
  async function purely(run: string, input: Json, said: string, time: number): Promise<void> {
    const { status, error, emitted } = await runPure(flow, { run, keyRun: run, input, key: null, source: null, timestamp: time, signal: undefined }, world);
    if (status === "failed" && error !== null && !ownCodes(plan).has(error.code)) observer.notice?.(failed(plan, said, error.code, error.message));
    if (!(await deliver(emitted.map((emitted) => outgoing(emitted)), []))) throw new Stopped(null);
  }
}

/** `with` over `msg` and `meta`: `msg.time` is a timestamp there, and a text in data. */
function tickInput({ with: data }: ScheduleTrigger): (time: number, run: string) => Json {
  const render = compileData(data);
  return (time, run) => toData(render({ msg: { time: new Timestamp(time) }, meta: { key: null, headers: {}, topic: "", timestamp: new Timestamp(time), id: run } }), "with");
}

const failed = ({ id }: FlowPlan, time: string, code: string, message: string): string => `the tick ${time} of \`${id}\` failed: ${code}: ${message}`;
