import type { RunEvent } from "../../../core/event.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import type { Path } from "../../../core/run-id.js";
import type { ActiveRun } from "../active-run.js";

/** `step.decided` of a composite: how its join was decided, and that its rest has ended. */
export const JOIN = "join";
export const REST = "rest";

/** I8: how a join was decided, as the journal holds it. */
export type Decision = (
  | { readonly won: readonly number[] }
  /** `done`: branches that were done then, where others are undone. */
  | { readonly failed: number; readonly done?: readonly number[] }
  | { readonly returned: number; readonly done?: readonly number[] }
  /** Too many have failed. */
  | { readonly lost: true; readonly done?: readonly number[] }
) & {
  /** With `rest: finish`, branches that were under way: they go on. */
  readonly rest?: readonly number[];
  /** Beside `rest` or `returned`: how many had begun, where they begin in order; else which. No other one begins. Absent: all. */
  readonly begun?: number | readonly number[];
};

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

export function decisionOf({ past }: ActiveRun, path: Path): Decision | null {
  for (const event of past?.get(path)?.events ?? []) {
    if (event.type === "step.decided" && event.data.what === JOIN) return asDecision(event.data.value);
  }
  return null;
}

/** Branches that may begin, or begin again. */
export function begunOf(known: Decision | null, count: number): readonly number[] {
  const begun = known?.begun ?? count;
  return typeof begun === "number" ? range(begun) : begun;
}

/** Branches that an earlier process has begun, of a join that was not decided: those of which the journal holds something, `inOrder` also those before. */
export function begunBefore({ past }: ActiveRun, path: Path, branchAt: (below: string) => number | undefined, inOrder: boolean): Set<number> {
  const found = new Set<number>();
  let last = -1;
  for (const one of past?.keys() ?? []) {
    const index = one.startsWith(path) ? branchAt(one.slice(path.length)) : undefined;
    if (index === undefined) continue;
    found.add(index);
    last = Math.max(last, index);
  }
  return inOrder ? new Set(range(last + 1)) : found;
}

/** Something was under way when the join was decided, and its end is not recorded. Earlier versions did not say. */
export function leftRest(run: ActiveRun, path: Path): boolean {
  const decision = decisionOf(run, path);
  if (decision === null || "returned" in decision || decision.rest?.length === 0) return false;
  return run.past?.get(path)?.events.some((event) => event.type === "step.decided" && event.data.what === REST) !== true;
}

/** Paths of joins of which the same holds, as far as the journal says what was under way. */
export function leavesRest(events: readonly RunEvent[]): ReadonlySet<Path> {
  const open = new Set<Path>();
  for (const { type, path = "", data } of events) {
    if (type !== "step.decided") continue;
    if (data.what === REST) open.delete(path);
    else if (data.what === JOIN && (asDecision(data.value)?.rest?.length ?? 0) > 0) open.add(path);
  }
  return open;
}

function asDecision(value: Json): Decision | null {
  if (!isJsonObject(value)) return null;
  const { won, failed, returned, lost, done, rest, begun } = value;
  const left = {
    ...(Array.isArray(rest) ? { rest: rest.map(Number) } : {}),
    ...(begun === undefined ? {} : { begun: Array.isArray(begun) ? begun.map(Number) : Number(begun) }),
  };
  if (Array.isArray(won)) return { won: won.map(Number), ...left };
  const also = { ...(Array.isArray(done) ? { done: done.map(Number) } : {}), ...left };
  if (lost === true) return { lost, ...also };
  if (typeof failed === "number") return { failed, ...also };
  return typeof returned === "number" ? { returned, ...also } : null;
}
