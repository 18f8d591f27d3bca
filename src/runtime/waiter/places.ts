import type { Data } from "../../core/expression.js";
import { bodiesOf, catchBlocks, undoBlocks } from "../../core/plan/blocks.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan, WaitPlan } from "../../core/plan/step.js";
import { textOf } from "../../expr/evaluate/text-of.js";
import { compileData } from "../../expr/render.js";
import type { Env } from "../../expr/evaluate.js";
import { isAst } from "../reads.js";
import { sized } from "../run/output-size.js";

/** A wait for messages, as rows in the store know it. */
export interface PlacedWaiter {
  /** Its place in the plan: the same in all passes of a loop. */
  readonly wait: string;
  readonly topic: string;
  /** Throws StepError where what it reads is not there. */
  readonly key: (env: Env) => string;
  /** It may be reached more than once. */
  readonly repeats: boolean;
}

/** I14: where the waiters of a plan are registered: as soon as every name in `key` is known, not when the step is reached. */
export interface WaiterPlaces {
  readonly of: ReadonlyMap<StepPlan, PlacedWaiter>;
  /** They read nothing but the input: known when the run is admitted. */
  readonly atAdmission: readonly PlacedWaiter[];
  /** By block, before the step of that index. */
  readonly before: ReadonlyMap<BlockPlan, ReadonlyMap<number, readonly PlacedWaiter[]>>;
}

/** A block on the way down to a wait: `at` is the step of it that leads on, `binds` are the names that it adds. */
interface Level {
  readonly block: BlockPlan;
  readonly at: number;
  readonly binds: readonly string[];
  /** Nothing of what is around it becomes known later: a called flow sees its input, an undo what was recorded (I29). */
  readonly root: "flow" | "call" | "undo" | null;
}

const known = new WeakMap<FlowPlan, WaiterPlaces>();

export function waiterPlaces(plan: FlowPlan): WaiterPlaces {
  const old = known.get(plan);
  if (old !== undefined) return old;
  const of = new Map<StepPlan, PlacedWaiter>();
  const atAdmission: PlacedWaiter[] = [];
  const before = new Map<BlockPlan, Map<number, PlacedWaiter[]>>();

  const visit = (block: BlockPlan, outer: readonly Level[], path: string, binds: readonly string[], root: Level["root"], repeats: boolean): void => {
    block.steps.forEach((step, at) => {
      const levels = [...outer, { block, at, binds, root }];
      const here = `${path}${step.id}`;
      if (step.kind === "wait" && step.for.is === "message") {
        const { topic, key } = step.for;
        const render = compileData(key);
        const waiter: PlacedWaiter = { wait: unique(of, here), topic, key: sized((env: Env) => textOf(render(env))), repeats };
        of.set(step, waiter);
        place(step.for, waiter, levels);
      }
      const again = repeats || step.kind === "loop" || step.kind === "map";
      bodiesOf(step).forEach((inner, nth) => visit(inner, levels, step.kind === "parallel" || step.kind === "switch" ? `${here}.${nth}/` : `${here}/`, boundBy(step), step.kind === "call" ? "call" : null, again));
      // Each undo of the step has a scope of its own, which is known when it begins.
      for (const inner of undoBlocks(step)) visit(inner, [], `${here}!undo/`, [], "undo", repeats);
      for (const inner of catchBlocks(step.catch)) visit(inner, levels, `${here}!catch/`, [...boundBy(step), "error"], null, repeats);
    });
    for (const inner of catchBlocks(block.catch)) visit(inner, [...outer, { block, at: 0, binds, root }], `${path}!catch/`, ["error"], null, repeats);
  };

  const place = ({ key, since }: WaitPlan & { readonly is: "message" }, waiter: PlacedWaiter, levels: readonly Level[]): void => {
    if (since === "now") return;
    const { level, at, started } = earliest(namesIn(key), levels);
    const block = levels[level]?.block;
    if (block === undefined) return;
    if (block === plan.body && at === 0 && !started) atAdmission.push(waiter);
    const places = before.get(block) ?? new Map<number, PlacedWaiter[]>();
    before.set(block, places);
    places.set(at, [...(places.get(at) ?? []), waiter]);
  };

  visit(plan.body, [], "", [], "flow", false);
  const made = { of, atAdmission, before };
  known.set(plan, made);
  return made;
}

/** Steps without an id are called alike in different blocks. */
function unique(of: ReadonlyMap<StepPlan, PlacedWaiter>, wanted: string): string {
  const taken = new Set([...of.values()].map(({ wait }) => wait));
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}~${n}`;
  return name;
}

function boundBy(step: StepPlan): readonly string[] {
  switch (step.kind) {
    case "map":
      return [step.as, "index"];
    case "loop":
      return [step.as, "index", "state", "iteration"];
    case "parallel":
      return ["branches"];
    default:
      return [];
  }
}

/** The outermost place where all names are known. `started`: one of them is known only once the run has begun. */
function earliest(names: ReadonlySet<string>, levels: readonly Level[]): { readonly level: number; readonly at: number; readonly started: boolean } {
  const flow = levels.findLastIndex(({ root }) => root !== null);
  const last = levels.length - 1;
  let found = { level: flow, at: 0 };
  let started = false;
  const atLeast = (level: number, at: number): void => {
    if (level > found.level) found = { level, at };
    else if (level === found.level) found = { level, at: Math.max(found.at, at) };
  };
  for (const name of names) {
    const [root = "", next = ""] = name.split(".");
    if (root === "input" || (root === "run" && ["id", "flow", "version"].includes(next))) continue;
    if (root === "run" && next === "started") {
      started = true;
      continue;
    }
    if (root === "steps") {
      const level = levels.findLastIndex(({ block, at }, index) => index >= flow && block.steps.slice(0, at).some(({ id }) => id === next));
      const at = levels[level]?.block.steps.findIndex(({ id }) => id === next) ?? -1;
      if (at >= 0) {
        atLeast(level, at + 1);
        continue;
      }
    }
    const bound = levels.findLastIndex(({ binds }, index) => index >= flow && binds.includes(root));
    if (bound >= 0) atLeast(bound, 0);
    // What nobody knows the place of is known at the step itself; to an undo it was recorded, but for how things are now.
    else if (levels[flow]?.root !== "undo" || root === "run" || root === "info") atLeast(last, levels[last]?.at ?? 0);
  }
  return { ...found, started };
}

/** Root variables that data reads, those with parts (`steps`, `run`) with the part's name. */
function namesIn(data: Data): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (part: unknown, bound: readonly string[]): void => {
    if (typeof part !== "object" || part === null) return;
    if (isAst(part)) {
      if (part.op === "get" && part.of.op === "var" && (part.of.name === "steps" || part.of.name === "run") && !bound.includes(part.of.name)) {
        names.add(`${part.of.name}.${part.name}`);
        return;
      }
      if (part.op === "var" && !bound.includes(part.name)) names.add(part.name);
      if (part.op === "each") return Object.values(part).forEach((inner) => look(inner, [...bound, part.as]));
    }
    for (const inner of Object.values(part)) look(inner, bound);
  };
  look(data, []);
  return names;
}
