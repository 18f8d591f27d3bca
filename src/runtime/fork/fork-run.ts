import type { Parent, RunEvent } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Fork, ForkOutcome } from "../../core/ports/operator.js";
import type { Random } from "../../core/ports/random.js";
import type { CommitItem, Store } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { compileValidator } from "../../schema/validator.js";
import { collect } from "../collect.js";
import { noSuchRun, refused } from "../inbox/outcome.js";
import { rowOf } from "../live/admitted-run.js";
import { runIdOf } from "../trigger/identity.js";
import { waitersAtAdmission } from "../waiter/register.js";
import { prefixOf } from "./prefix.js";

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** The version that new runs get; undefined where nobody serves the flow. */
  readonly current: (flow: string) => FlowPlan | undefined;
}

/** A run that begins where another one was, with keys of its own: durable with the item that is given. Its lane is the first one's alone, and so is whoever waits for that one. */
export async function forkRun(of: RunId, { at, plan: which, input: other }: Fork, { store, clock, random, current }: Parts): Promise<Extract<ForkOutcome, { is: "refused" }> | { readonly item: CommitItem }> {
  const [row, journal] = await Promise.all([store.run(of), collect(store.read(of, 0))]);
  const [admitted] = journal;
  if (row === null || admitted?.type !== "run.admitted") return noSuchRun(of);
  const prefix = prefixOf(journal, at);
  if ("cannot" in prefix) return refused("invalid", `run ${of} cannot be forked there: ${prefix.cannot}`);
  const plan = which === "new" ? current(row.flow) : await store.plan(row.hash);
  if (plan === undefined) return refused("invalid", `nobody serves \`${row.flow}\` now, so there is no new version of it: start \`flowctl run\`, or fork with \`--plan pinned\``);
  if (plan === null) return refused("invalid", `the version of run ${of} is not in the store any more`);
  // What such a run emits is in no outbox.
  if (plan.class === "P") return refused("invalid", `the new version of \`${plan.id}\` is pure, and runs of it are not kept: send it its message again, or fork with \`--plan pinned\``);
  const input = other ?? admitted.data.input;
  const problem = other === undefined && which === "pinned" ? null : problemOf(plan, input);
  if (problem !== null) return refused("invalid", `the input does not fit \`${plan.id}\`: ${problem}`);
  const run = runIdOf(plan.id, `fork\n${random.id()}`, 0, 0);
  const { lane: _lane, redrive: _redrive, parent, ...data } = admitted.data;
  const now = clock.now();
  const first: RunEvent = { type: "run.admitted", run, seq: 0, at: now, data: { ...data, ...(parent === undefined ? {} : { parent: seen(parent) }), hash: plan.hash, input, fork: { of, at: prefix.at } } };
  const events = [first, ...prefix.events.map((event, index): RunEvent => ({ ...event, run, seq: index + 1 }))];
  const index = [{ op: "run.row", row: rowOf({ flow: { plan }, run, admittedAt: now }, null, null) } as const, ...waitersAtAdmission(plan, run, input)];
  return { item: { run, expectedSeq: -1, entryId: random.id(), fence: null, events, index } };
}

/** I25: what a run sees of the step that started it. That one waits for the first run alone, whose keys, queue and budget are not a fork's. */
const seen = ({ run, path, depth, key, traceparent }: Parent): Parent => ({ run, path, depth, ...(key === undefined ? {} : { key }), ...(traceparent === undefined ? {} : { traceparent }) });

function problemOf(plan: FlowPlan, input: Json): string | null {
  const issues = compileValidator(plan.schemas[plan.input] ?? true)(input);
  return issues === null ? null : issues.map(({ message }) => message).join("; ");
}
