import type { Path } from "../run-id.js";
import { ownPart, parentOf } from "./parent-path.js";
import type { RunView, StepStatus, StepView } from "./run-view.js";

/** One line of a run's tree. */
export interface StepRow {
  readonly path: Path;
  readonly depth: number;
  readonly label: string;
  readonly status: StepStatus;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly children: number;
  /** Null where only what lies below has events: an item of a map, a branch. */
  readonly step: StepView | null;
}

/** The tree of a run's steps, top down; what lies below a folded path is left out. */
export function stepRows(view: RunView, folded: ReadonlySet<Path> = new Set()): readonly StepRow[] {
  const below = childrenOf(view);
  const spans = spansOf(view, below);
  const rows: StepRow[] = [];
  const open: { readonly path: Path; readonly depth: number }[] = [];
  const push = (paths: readonly Path[], depth: number): void => {
    for (const path of paths.toReversed()) open.push({ path, depth });
  };
  push(below.get("") ?? [], 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, depth } = next;
    const children = below.get(path) ?? [];
    const step = view.steps.get(path) ?? null;
    const span = spans.get(path) ?? { status: "running", startedAt: view.at, endedAt: null };
    rows.push({ path, depth, label: labelOf(view, path, step), status: span.status, startedAt: span.startedAt, endedAt: span.endedAt, children: children.length, step });
    if (!folded.has(path)) push(children, depth + 1);
  }
  return rows;
}

/** In the order in which they were first heard of, those with an index in order of it. */
function childrenOf(view: RunView): ReadonlyMap<Path, readonly Path[]> {
  const below = new Map<Path, Path[]>();
  const known = new Set<Path>([""]);
  for (const of of view.steps.keys()) {
    for (let path = of; !known.has(path); ) {
      known.add(path);
      const parent = parentOf(path);
      const siblings = below.get(parent);
      if (siblings === undefined) below.set(parent, [path]);
      else siblings.push(path);
      path = parent;
    }
  }
  for (const [parent, siblings] of below) if (siblings.length > 1) below.set(parent, inOrder(siblings));
  return below;
}

function inOrder(siblings: Path[]): Path[] {
  const indexed: { readonly path: Path; readonly index: number }[] = [];
  let sorted = true;
  for (const path of siblings) {
    const index = indexOf(path);
    if (index === null) return siblings;
    sorted &&= index >= (indexed.at(-1)?.index ?? 0);
    indexed.push({ path, index });
  }
  return sorted ? siblings : indexed.sort((a, b) => a.index - b.index).map(({ path }) => path);
}

function indexOf(path: Path): number | null {
  const found = /[[#~.^](\d+)\]?$/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
}

interface Span {
  readonly status: StepStatus;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** A path without events of its own is what lies below it. */
function spansOf(view: RunView, below: ReadonlyMap<Path, readonly Path[]>): ReadonlyMap<Path, Span> {
  const spans = new Map<Path, Span>();
  // Parents were met before or after their children: by length, every child comes before its parent.
  const paths = [...below.values()].flat().sort((a, b) => b.length - a.length);
  for (const path of paths) {
    const step = view.steps.get(path);
    if (step !== undefined) {
      spans.set(path, { status: step.status, startedAt: step.startedAt, endedAt: step.endedAt });
      continue;
    }
    const parts = (below.get(path) ?? []).flatMap((child) => spans.get(child) ?? []);
    const open = parts.some(({ endedAt }) => endedAt === null);
    spans.set(path, {
      status: WORST.find((status) => parts.some((part) => part.status === status)) ?? "completed",
      startedAt: parts.reduce((least, { startedAt }) => Math.min(least, startedAt), Infinity),
      endedAt: open ? null : parts.reduce((most, { endedAt }) => Math.max(most, endedAt ?? 0), 0),
    });
  }
  return spans;
}

/** What a group of steps is called by: the first that one of them is. */
const WORST: readonly StepStatus[] = ["incident", "waiting", "retrying", "running", "failed", "cancelled"];

/** A model call by its model, an agent's tool call by its tool. */
function labelOf(view: RunView, path: Path, step: StepView | null): string {
  const own = ownPart(path);
  if (step?.model !== undefined && step.model !== null) return `${own} ${step.model.name}`;
  if (!own.startsWith(".")) return own;
  const call = view.steps.get(parentOf(path))?.model?.toolCalls[Number(own.slice(1))];
  return call === undefined ? own : `${own} ${call.name}`;
}
