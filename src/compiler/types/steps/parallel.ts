import { listOf, NEVER, objectOf, type Field, type Type } from "../../../core/type.js";
import { joinAll } from "../../../core/typing/join.js";
import { didYouMean } from "../../names/resolve.js";
import { cancellableBranches } from "../../plan/cancellable.js";
import type { StepNode } from "../../shape/ast.js";
import { CAUSE } from "../catch.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedBlock, CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import { finished } from "../hidden.js";
import { checkJoin, type Join } from "./join.js";
import type { KindPlace } from "./place.js";

type Parallel = StepNode & { readonly kind: "parallel" };
type Branch = Parallel["branches"][number];

export function checkParallel(cx: FlowCheck, node: Parallel, { path, place }: KindPlace): CheckedKind {
  const id = path.slice(path.lastIndexOf("/") + 1);
  const joined = checkJoin(place, node.join);
  checkNames(cx, node, joined);
  const results = new Map<Branch, CheckedBlock>();
  for (const branch of node.branches) hideSteps(cx, branch, (inner) => beside(inner, branch.name.value));
  for (const branch of inOrder(cx, node)) {
    const mark = cx.lexical.enter();
    bindBranches(cx, node, branch, results, joined);
    results.set(branch, cx.block(cx, branch.block, { path, over: (inner) => beside(inner, branch.name.value) }));
    cx.lexical.leave(mark);
  }
  cx.lexical.forbid("branches", null);
  for (const branch of node.branches) hideSteps(cx, branch, (inner) => finished(inner, id));
  const done = node.branches.flatMap((branch) => {
    const result = results.get(branch);
    return result === undefined ? [] : [{ branch, result }];
  });
  const joining = { join: joined.plan, rest: node.rest?.value ?? ("cancel" as const), ...(node.concurrency === undefined ? {} : { concurrency: node.concurrency }) };
  const branches = done.map(({ branch, result }) => ({ name: branch.name.value, after: branch.after.map(({ value }) => value), block: result.plan, writes: result.writes }));
  const cancelled = cancellableBranches(joining, branches);
  return {
    part: {
      kind: "parallel",
      ...joining,
      branches: branches.map(({ writes, ...branch }) => ({ ...branch, ...(writes && cancelled.has(branch.name) ? { undo: true as const } : {}) })),
    },
    type: resultOf(joined, done),
    nothing: null,
    // With `all`, one branch that never goes on is the end of it all.
    diverges: joined.kind === "all" && done.some(({ branch, result }) => result.diverges && branch.block.when === undefined),
    raises: allRaises([STEP_RAISES, raisesOf("join"), ...done.map(({ result }) => result.raises)]),
    pure: joined.kind !== "first" && done.every(({ result }) => result.pure),
    writes: done.some(({ result }) => result.writes),
  };
}

const beside = (inner: string, branch: string): string =>
  `\`steps.${inner}\` stands in the branch \`${branch}\`, which runs beside this one: put \`after: [${branch}]\` here, and read \`branches.${branch}\``;

function hideSteps(cx: FlowCheck, { block }: Branch, why: (id: string) => string): void {
  for (const step of block.steps) if (step.id !== undefined) cx.lexical.hide(step.id.value, why(step.id.value));
}

/** `winner` and `all` stand beside the branches. */
function checkNames(cx: FlowCheck, node: Parallel, { kind }: Join): void {
  for (const { name } of node.branches) {
    if (kind === "first" && (name.value === "winner" || name.value === "all")) {
      cx.problems.report("FC3015", name.span, `\`${name.value}\` is a field of what this join gives: a branch cannot be called that`, { hint: "rename the branch" });
    }
  }
}

/** Branches in an order in which those that `after` names come first. */
function inOrder(cx: FlowCheck, node: Parallel): readonly Branch[] {
  const byName = new Map(node.branches.map((branch) => [branch.name.value, branch]));
  const ordered: Branch[] = [];
  const open: Branch[] = [];
  const visit = (branch: Branch): void => {
    if (ordered.includes(branch)) return;
    open.push(branch);
    for (const { value, span } of branch.after) {
      const earlier = byName.get(value);
      if (earlier === undefined) {
        cx.problems.report("FC3001", span, `There is no branch named \`${value}\``, { hint: didYouMean(value, [...byName.keys()].filter((name) => name !== branch.name.value), "") });
      } else if (open.includes(earlier)) {
        const circle = [...open.slice(open.indexOf(earlier)), earlier].map(({ name }) => `\`${name.value}\``).join(" → ");
        cx.problems.report("FC3013", span, earlier === branch ? `The branch \`${value}\` waits for itself` : `These branches wait for each other: ${circle}`);
      } else visit(earlier);
    }
    open.pop();
    ordered.push(branch);
  };
  for (const branch of node.branches) visit(branch);
  return ordered;
}

function bindBranches(cx: FlowCheck, node: Parallel, branch: Branch, results: ReadonlyMap<Branch, CheckedBlock>, joined: Join): void {
  const named = new Set(branch.after.map(({ value }) => value));
  // `after` that names no branch, or waits in a circle, may have meant any of them: nothing is said about reading one.
  const unsure = branch.after.some(({ value }) => !node.branches.some(({ name }) => name.value === value) || value === branch.name.value);
  const fields = node.branches.flatMap((other): [string, Field][] => {
    if (!named.has(other.name.value)) return unsure ? [[other.name.value, SILENT_FIELD]] : [];
    const result = results.get(other);
    return [[other.name.value, result === undefined ? SILENT_FIELD : fieldOf(other, result, joined.kind === "settled")]];
  });
  const outer = cx.lexical.vars.get("branches");
  const around = outer?.kind === "object" ? [...outer.fields] : [];
  if (fields.length > 0) cx.lexical.bind("branches", { kind: "object", fields: new Map([...around, ...fields]), rest: "closed" });
  const others = node.branches.filter((other) => other !== branch).map(({ name }) => name.value);
  cx.lexical.forbid("branches", branch.after.length > 0 || around.length > 0 || others.length === 0 ? null : `\`branches\` holds the branches that \`after\` names, and here is no \`after\`: put \`after: [${others.join(", ")}]\` here, or those of them that are read`);
  for (const { name } of node.branches) {
    if (named.has(name.value) || unsure || around.some(([one]) => one === name.value)) cx.lexical.forbid(`branches.${name.value}`, null);
    else cx.lexical.forbid(`branches.${name.value}`, `\`branches.${name.value}\` is not there: only branches that \`after\` names are, so put \`after: [${name.value}]\` here`);
  }
}

const SILENT_FIELD: Field = { type: NEVER, required: true };

function fieldOf({ block }: Branch, { type, nothing, diverges }: CheckedBlock, mayFail: boolean): Field {
  const why = block.when !== undefined ? "the branch has a `when`" : nothing !== null ? `the branch yields nothing: ${nothing}` : mayFail || diverges ? "the branch may have failed" : null;
  return why === null ? { type, required: true } : { type, required: false, why };
}

function resultOf({ kind }: Join, done: readonly { readonly branch: Branch; readonly result: CheckedBlock }[]): Type {
  const optional = (why: string): [string, Field][] => done.map(({ branch, result }) => [branch.name.value, { type: result.type, required: false, why }]);
  switch (kind) {
    case "all":
      return objectOf(Object.fromEntries(done.map(({ branch, result }) => [branch.name.value, fieldOf(branch, result, false)])));
    case "settled": {
      const failed = done.map(({ branch }): [string, Field] => [branch.name.value, { type: CAUSE, required: false, why: "the branch may have succeeded" }]);
      return objectOf({ ok: objectOf(Object.fromEntries(optional("the branch may have failed"))), failed: objectOf(Object.fromEntries(failed)) });
    }
    case "unknown":
      return NEVER;
    case "first":
      return objectOf({
        winner: joinAll(done.map(({ branch }): Type => ({ kind: "const", value: branch.name.value }))),
        all: listOf(joinAll(done.map(({ result }) => result.type))),
        ...Object.fromEntries(optional("the branch may not win")),
      });
  }
}
