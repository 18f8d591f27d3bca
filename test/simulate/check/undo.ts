import type { RunEvent, UndoRecord } from "../../../src/core/event.js";
import { isJsonObject } from "../../../src/core/json.js";
import { stepsIn } from "../../../src/core/plan/blocks.js";
import { isPivot } from "../../../src/core/plan/pivot.js";
import type { Remains } from "../simulate.js";
import type { Effect } from "../world/ledger.js";

/** What was done and can be undone, and when it was. */
interface Done {
  readonly of: string;
  readonly seq: number;
  readonly undo: UndoRecord;
  readonly startedAt: number;
  readonly undoneAt: number;
}

const NEVER = Infinity;

/** The undo set is what the failed sagas and the losers of joins have done, in I29's order, and nothing else; journal and world agree. */
export function* checkUndo(remains: Remains): Generator<string> {
  const pivots = new Set(remains.flows.flatMap(({ plan }) => [...stepsIn(plan.body)].filter(isPivot).map(({ id }) => id)));
  // What runs of one message have done is known by the keys of the first: what is undone of it, another one may have undone.
  const again = new Set([...remains.events.values()].flatMap(([admitted]) => (admitted === undefined ? [] : sharing(admitted))));
  for (const [run, list] of remains.events) {
    const done = doneOf(list);
    for (const problem of [...sagas(list, done, pivots), ...joins(list, done), ...causes(list, done), ...ends(list)]) yield `${run}: ${problem}`;
    if (!again.has(run)) yield* effects(remains, run, list, done);
  }
}

/** Runs whose keys are the same: of a message that was sent again, and those that its steps have started. */
function sharing({ run, type, data }: RunEvent): readonly string[] {
  const of = type === "run.admitted" ? (data.redrive?.of ?? data.parent?.keys) : undefined;
  return of === undefined ? [] : [run, of];
}

function doneOf(list: readonly RunEvent[]): readonly Done[] {
  const started = new Map<string, number>();
  const undone = new Map<string, number>();
  for (const event of list) {
    if (event.type === "compensation.started" && !started.has(event.data.of)) started.set(event.data.of, event.seq);
    if (event.type === "compensation.completed") undone.set(event.data.of, event.seq);
  }
  return list.flatMap((event) => {
    if ((event.type !== "step.completed" && event.type !== "message.emitted") || event.data.undo === undefined) return [];
    const of = event.path ?? "";
    return [{ of, seq: event.seq, undo: event.data.undo, startedAt: started.get(of) ?? NEVER, undoneAt: undone.get(of) ?? NEVER }];
  });
}

function* sagas(list: readonly RunEvent[], done: readonly Done[], pivots: ReadonlySet<string>): Generator<string> {
  for (const event of list) {
    const { path = "", seq } = event;
    if (event.type !== "saga.finished") continue;
    const inside = done.filter(({ undo }) => undo.within.includes(path));
    if (event.data.status === "completed") continue;
    const begun = list.find((one) => one.type === "saga.compensating" && one.path === path)?.seq ?? NEVER;
    if (begun > seq) yield `the saga ${path} is compensated without \`saga.compensating\` (I28)`;
    for (const { of, undoneAt } of inside) if (undoneAt > seq) yield `${of} is not undone when the saga ${path} is (I29)`;
    const order = inside.filter(({ startedAt }) => startedAt > begun && startedAt < seq).sort((a, b) => a.startedAt - b.startedAt);
    for (const [at, one] of order.entries()) {
      const next = order[at + 1];
      if (next !== undefined && next.seq > one.seq) yield `${one.of} is undone before ${next.of}, which was done later (I29)`;
      if (next !== undefined && next.startedAt < one.undoneAt) yield `${next.of} is undone before ${one.of} is (I29)`;
    }
    // One that came after the saga's end is of a saga in its catch.
    for (const one of list) if (one.type === "step.completed" && one.seq < seq && isPivotOf(one.path ?? "", path, pivots)) yield `the saga ${path} is undone behind its pivot ${one.path} (I32)`;
  }
}

const isPivotOf = (of: string, saga: string, pivots: ReadonlySet<string>): boolean => of.startsWith(`${saga}/`) && pivots.has(of.slice(of.lastIndexOf("/") + 1));

/** I23: losers are undone before the join completes, winners are not. */
function* joins(list: readonly RunEvent[], done: readonly Done[]): Generator<string> {
  for (const event of list) {
    if (event.type !== "step.decided" || event.data.what !== "join" || !isJsonObject(event.data.value)) continue;
    const { won } = event.data.value;
    const { path = "" } = event;
    const end = list.find((one) => one.type === "step.completed" && one.path === path)?.seq;
    if (end === undefined || !Array.isArray(won)) continue;
    for (const { of, seq, undo, undoneAt } of done) {
      const branch = undo.within.find((id) => id.startsWith(`${path}|`));
      if (branch === undefined || seq > end) continue;
      const isWinner = won.includes(Number(branch.slice(path.length + 1)));
      if (!isWinner && undoneAt > end) yield `${of} of a branch that lost is not undone when ${path} completes (I23)`;
      if (isWinner && undoneAt < end && !undo.within.some((id) => id.startsWith(`${branch}/`) || (id !== branch && isInner(id, path)))) yield `${of} of a branch that won is undone (I23)`;
    }
  }
}

/** A saga or a branch inside the join: what it undoes is its own affair. */
const isInner = (id: string, path: string): boolean => id.startsWith(`${path}/`) || id.startsWith(`${path}[`);

/** Nothing is undone but for a saga that is compensating or a branch that was cut off. */
function* causes(list: readonly RunEvent[], done: readonly Done[]): Generator<string> {
  const failed = new Set(list.flatMap(({ type, path }) => (type === "saga.compensating" ? [path ?? ""] : [])));
  for (const { of, undo, startedAt } of done) {
    if (startedAt === NEVER) continue;
    if (!undo.within.some((id) => failed.has(id) || id.includes("|"))) yield `${of} is undone though nothing around it failed (I29)`;
  }
  const undos = new Map<string, number>();
  for (const event of list) if (event.type === "compensation.completed") undos.set(event.data.of, (undos.get(event.data.of) ?? 0) + 1);
  for (const [of, times] of undos) if (times > 1) yield `${of} is undone ${times} times (I31)`;
}

/** I31: what has begun to be undone is undone before its run ends, whatever else happens to the run. */
function* ends(list: readonly RunEvent[]): Generator<string> {
  for (const { type, path = "", seq } of list) {
    const end = type === "saga.compensating" ? "saga.finished" : type === "compensation.started" ? "compensation.completed" : null;
    if (end !== null && !list.some((event) => event.type === end && event.path === path && event.seq > seq)) yield `${type} of ${path} has no \`${end}\` (I31)`;
  }
}

/** Of what a worker did for a queued step that step, whose saga undoes it. */
function stepOf({ run, path }: Effect, events: Remains["events"]): Pick<Effect, "run" | "path"> {
  const [admitted] = events.get(run) ?? [];
  const parent = admitted?.type === "run.admitted" ? admitted.data.parent : undefined;
  return parent?.queue === undefined ? { run, path } : parent;
}

/** What the world says: of a saga that is undone nothing is left, and nothing else was undone. */
function* effects({ ledger, person, events }: Remains, run: string, list: readonly RunEvent[], done: readonly Done[]): Generator<string> {
  // What a saga's own catch does stands behind it.
  const compensated = list.flatMap(({ type, path = "", data, seq }) => (type === "saga.finished" && data.status === "compensated" ? [{ inside: `${path}/`, seq }] : []));
  const begun = (path: string): number => list.find((event) => (event.type === "step.started" || event.type === "step.dispatched") && event.path === path)?.seq ?? NEVER;
  const skipped = (of: string): boolean => [...person.skipped].some((one) => one === `${run} ${of}` || one.startsWith(`${run} ${of}!undo`));
  const byPath = new Map(done.map((one) => [one.of, one]));
  for (const effect of ledger.effects.values()) {
    const { key } = effect;
    const { run: of, path } = stepOf(effect, events);
    if (of !== run || path.includes("!undo") || path.endsWith("!to")) continue;
    const isUndone = ledger.undone.has(key);
    const record = byPath.get(path);
    if (record !== undefined && record.undoneAt !== NEVER && !isUndone && !skipped(path)) yield `${run}: ${path} is recorded as undone, and nobody undid it (I29)`;
    if (isUndone && (record === undefined || record.startedAt === NEVER)) yield `${run}: ${path} was undone, and the journal knows nothing of it (I29)`;
    if (!isUndone && compensated.some(({ inside, seq }) => path.startsWith(inside) && begun(path) < seq) && !skipped(path)) yield `${run}: ${path} was applied and is left of a saga that is undone (I29)`;
  }
  // In the order of the undos the effects go back; sagas side by side have an order each.
  const times = done.flatMap((one) => (one.startedAt === NEVER ? [] : [{ ...one, at: ledger.undone.get(one.undo.key) ?? NEVER }]));
  for (const one of times) for (const later of times) if (one.undoneAt < later.startedAt && one.at > later.at && one.at !== NEVER) yield `${run}: undos happened in another order than the journal says (I29)`;
}
