import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { Bare, extend } from "../bare.js";
import { computeBlock } from "../block.js";
import { composite } from "../composite.js";
import { type Frame, inner } from "../frame.js";
import { ABSENT, type Ended, type Race } from "../join/branches.js";
import { makeGoal } from "../join/goal.js";
import { race } from "../join/race.js";
import { resumeRest } from "../join/resume-rest.js";
import type { Joined } from "../join/verdict.js";
import { Raised, raisedFrom } from "../raised.js";
import type { Maker, Output, ReadyBlock, StepBody } from "../ready.js";
import { errorData } from "./map.js";

const NAME = /^\/([\w-]+)/;

interface Branch {
  readonly name: string;
  readonly after: readonly number[];
  readonly block: ReadyBlock;
  readonly undo: boolean;
}

export function makeParallel(maker: Maker, plan: StepPlan & { kind: "parallel" }): StepBody {
  const index = new Map(plan.branches.map(({ name }, at) => [name, at]));
  const branches: readonly Branch[] = plan.branches.map(({ name, after, block, undo }) => ({
    name,
    after: after.flatMap((other) => index.get(other) ?? []),
    block: maker.block(block, true),
    undo: undo === true,
  }));
  /** A branch by its name, and by the ids of its steps, whose paths do not hold the name. */
  const branchOf = new Map(branches.flatMap(({ name, block }, at) => [name, ...block.steps.flatMap(({ id, auto }) => (auto ? [] : [id]))].map((one) => [one, at])));
  const goal = makeGoal(maker, plan.join);
  const settled = plan.join === "settled";
  const pure = branches.every(({ block }) => block.pure) && (plan.join === "all" || settled);

  const frameOf = (frame: Frame, path: Path, branch: Branch, ended: ReadonlyMap<number, Ended>): Frame =>
    inner(frame, branch.block, `${path}/`, { autoPrefix: `${path}/${branch.name}/`, vars: branch.after.length === 0 ? {} : { branches: earlier(frame, branches, branch, ended) } });
  const skipped = (branch: Branch, frame: Frame): boolean => branch.block.when !== null && branch.block.when(frame.env) !== true;

  const compute = (frame: Frame, path: Path): Output => {
    const ended = new Map<number, Ended>();
    for (const at of inOrder(branches)) {
      const branch = branches[at];
      if (branch === undefined) continue;
      try {
        const inside = frameOf(frame, path, branch, ended);
        ended.set(at, { output: skipped(branch, inside) ? undefined : computeBlock(branch.block, inside) });
      } catch (thrown) {
        if (!settled) throw thrown;
        ended.set(at, { error: raisedFrom(thrown, path).error });
      }
    }
    return valueOf(branches, settled, { ended, winner: null });
  };

  if (pure) return { compute, act: null, records: false };
  const raceOf = (frame: Frame, path: Path): Race => {
    const joining = goal(frame);
    return {
      frame,
      path,
      count: branches.length,
      goal: joining,
      rest: plan.rest,
      concurrency: plan.concurrency ?? branches.length,
      after: (at) => branches[at]?.after ?? [],
      undoes: (at) => branches[at]?.undo === true,
      branchAt: (below) => branchOf.get(NAME.exec(below)?.[1] ?? ""),
      start: async (at, outside, ended) => {
        const branch = branches[at];
        if (branch === undefined) return ABSENT;
        if (typeof joining === "number") needsEarlier(branches, branch, ended);
        const inside = frameOf(outside, path, branch, ended);
        return skipped(branch, inside) ? ABSENT : actBlock(branch.block, inside);
      },
    };
  };
  const act = (frame: Frame, path: Path): Promise<Output> =>
    composite(frame, path, { kind: plan.kind, effect: "pure" }, async () => valueOf(branches, settled, await race(raceOf(frame, path))));
  return { compute: null, act, records: true, ...(plan.rest === "finish" ? { resume: (frame: Frame, path: Path) => resumeRest(() => raceOf(frame, path), frame, path) } : {}) };
}

/** A branch that may rely on what an earlier one gave fails with it; under `settled` it sees that it is absent. */
function needsEarlier(branches: readonly Branch[], { name, after }: Branch, ended: ReadonlyMap<number, Ended>): void {
  for (const at of after) {
    const one = ended.get(at);
    if (one === undefined || !("error" in one)) continue;
    throw new Raised({ code: "join", message: `\`${name}\` comes after \`${branches[at]?.name ?? at}\`, which failed`, attempts: 1, cause: one.error });
  }
}

/** `branches`: what the branches named in `after` gave. */
function earlier(frame: Frame, branches: readonly Branch[], branch: Branch, ended: ReadonlyMap<number, Ended>): Bare {
  const outer = frame.env["branches"];
  const seen = outer instanceof Bare ? extend(outer) : new Bare();
  for (const at of branch.after) {
    const one = ended.get(at);
    const name = branches[at]?.name;
    if (name !== undefined && one !== undefined && "output" in one && one.output !== undefined) seen[name] = one.output;
  }
  return seen;
}

function inOrder(branches: readonly Branch[]): readonly number[] {
  const ordered: number[] = [];
  const visit = (at: number): void => {
    if (ordered.includes(at)) return;
    for (const before of branches[at]?.after ?? []) visit(before);
    ordered.push(at);
  };
  for (const at of branches.keys()) visit(at);
  return ordered;
}

function valueOf(branches: readonly Branch[], settled: boolean, { ended, winner }: Joined): Json {
  const ok: [string, Json][] = [];
  const failed: [string, Json][] = [];
  for (const [at, { name }] of branches.entries()) {
    const one = ended.get(at);
    if (one === undefined) continue;
    if ("error" in one) failed.push([name, errorData(one.error)]);
    else if (one.output !== undefined) ok.push([name, one.output]);
  }
  if (winner !== null) return { ...Object.fromEntries(ok), winner: branches[winner]?.name ?? "", all: ok.map(([, value]) => value) };
  return settled ? { ok: Object.fromEntries(ok), failed: Object.fromEntries(failed) } : Object.fromEntries(ok);
}
