import { InfraError, type FlowError } from "../../core/errors.js";
import type { RunStatus } from "../../core/event.js";
import type { EmittedMessage } from "../../core/graph.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { afterOthers } from "../redrive/before.js";
import type { RunContext } from "../run/context.js";
import { JournalLost } from "../run/journal.js";
import { sharedLimits } from "../shards/shared-limits.js";
import { follow } from "../shards/elsewhere.js";
import type { RunReport, World } from "../world.js";
import { finish } from "./finish.js";
import type { OwnedRun } from "./owned-run.js";
import { linger } from "./linger.js";
import { park } from "./park.js";
import { lose } from "./report.js";

/** Runs it to its end, or until it waits for somebody. Failures of the flow are a status; others end the runtime. */
export function drive(run: OwnedRun, world: World): void {
  // Its shard went to another process while it waited for its place.
  if (world.live.owned.get(run.admitted.run) !== run) return run.slots.rest(run.admitted.run, null);
  world.active.add(run.admitted.run);
  runToEnd(run, world).catch((thrown: unknown) => giveUp(run, thrown, world));
}

/** The run goes on elsewhere, or nowhere. */
export function giveUp(run: OwnedRun, thrown: unknown, world: World): void {
  const { admitted } = run;
  // Let go before, with its shard; the process may have it again by now.
  if (world.live.owned.get(admitted.run) !== run) {
    if (!(thrown instanceof JournalLost)) world.failed(thrown);
    return;
  }
  forget(run, world);
  if (world.shards.shared && thrown instanceof JournalLost && !world.stopped()) follow(admitted.run, world);
  else lose(world, admitted.run, thrown);
  // Another process has the run now: it goes on there (I2).
  if (!(thrown instanceof JournalLost)) world.failed(thrown);
  else if (thrown.behind) world.takeUpAgain(admitted.run);
}

/** It has ended: its place and its lane are the next one's. */
export function letGo(run: OwnedRun, world: World): void {
  const { admitted, slots } = run;
  if (admitted.lane !== null) slots.leaveLane(admitted.run, admitted.lane.name);
  forget(run, world);
}

/** Its shard is another process's: nothing more of it happens here. What it still waits for is abandoned. */
export function abandon(run: OwnedRun, world: World): void {
  const { admitted } = run;
  run.abandoned = true;
  // What it has queued would come between what it does where it goes on.
  run.journal.close();
  if (admitted.lane !== null) world.live.slots.lanesOf(admitted.flow.plan.id).forget(admitted.run, admitted.lane.name);
  forget(run, world);
}

/** Takes the run out of this process's memory. I18: where it goes on elsewhere, its lane stays closed. */
function forget({ admitted, slots, handle, lane }: OwnedRun, { active, live, changed }: World): void {
  const { run } = admitted;
  // Its timers would keep the process from ending.
  handle?.drop();
  active.delete(run);
  live.owned.delete(run);
  slots.rest(run, lane);
  changed();
}

async function runToEnd(run: OwnedRun, world: World): Promise<void> {
  const { admitted, journal, history, abort } = run;
  const { clock } = world.ports;
  const startedAt = history.startedAt ?? clock.now();
  const rest = (): void => {
    run.slots.rest(admitted.run, run.lane);
    void park(run, world).catch((thrown: unknown) => giveUp(run, thrown, world));
  };
  const stands = (): void => linger(run, rest, world);
  run.stands = stands;
  const ctx: RunContext = {
    plan: admitted.flow.plan,
    run: admitted.run,
    keyRun: admitted.keyRun,
    ...(admitted.again === undefined ? {} : afterOthers(admitted.again, world)),
    input: admitted.input,
    depth: admitted.parent?.depth ?? 0,
    ...(admitted.parent?.duty === undefined ? {} : { duty: admitted.parent.duty }),
    isNew: admitted.isNew === true,
    admitted: () => world.live.admissions.sure(admitted.run),
    shardsOf: world.shardsOf,
    ...sharedLimits(admitted.run, world),
    messageKey: admitted.key,
    ...(admitted.traceparent === undefined ? {} : { traceparent: admitted.traceparent }),
    startedAt,
    ports: world.ports,
    journal,
    history,
    signal: abort.signal,
    held: () => world.shards.isLeaving(admitted.run),
    quiescent: stands,
    moves: () => run.stay?.(),
  };
  run.handle = world.createExecutor(ctx);
  for (const signal of run.early.splice(0)) run.handle.wake(signal);
  if (history.startedAt === null) journal.append("run.started", null, { now: startedAt });
  const end = await outcome(run);
  await finish(run, end, world);
  letGo(run, world);
}

export interface End {
  readonly status: RunReport["status"] & RunStatus;
  readonly output: Json;
  readonly error: FlowError | null;
  readonly emitted: readonly EmittedMessage[];
}

async function outcome({ admitted, handle, abort }: OwnedRun): Promise<End> {
  const { flow, run, input } = admitted;
  if (handle === null) throw new TypeError(`run ${run} has not begun`);
  try {
    const { status, output, error, emitted } = await flow.graph(run, input, handle.execute, abort.signal);
    return { status: status === "running" ? "completed" : status, output, error, emitted };
  } catch (thrown) {
    if (thrown instanceof JournalLost || thrown instanceof InfraError) throw thrown;
    // A fault of ours: the run fails like any other, and its message is not lost.
    return { status: "failed", output: null, error: { code: "unknown", message: `internal error: ${messageOf(thrown)}` }, emitted: [] };
  }
}
