import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { CatchPlan, StepPlan } from "../../core/plan/step.js";
import { blocksIn, stepsIn } from "../../core/plan/blocks.js";
import type { CatchNode } from "../shape/ast.js";
import type { CheckedFlow, StepInfo } from "../types/checked.js";
import { constantCondition } from "./constant.js";

/** A case or a catch clause that one before it always takes the place of: first match wins. */
export function shadowed(flow: CheckedFlow): readonly Diagnostic[] {
  const { body } = flow.draft;
  const inSteps = [...stepsIn(body)].flatMap((step) => {
    const info = flow.steps.get(step);
    return info === undefined ? [] : [...shadowedCases(step, info), ...shadowedClauses(step.catch, info.node.catch)];
  });
  const inBlocks = [...blocksIn(body)].flatMap((block) => shadowedClauses(block.catch, flow.blocks.get(block)?.catch));
  return [...inSteps, ...inBlocks];
}

function shadowedCases(step: StepPlan, { node }: StepInfo): readonly Diagnostic[] {
  if (step.kind !== "switch" || node.kind !== "switch") return [];
  const seen = new Map<string, number>();
  let always = -1;
  return step.cases.flatMap(({ when }, index) => {
    const span = node.cases[index]?.when?.span ?? node.cases[index]?.span;
    const text = when?.text.replaceAll(/\s+/g, " ").trim();
    const earlier = always >= 0 ? always : text === undefined ? undefined : seen.get(text);
    if (always < 0 && when !== undefined && constantCondition(when.ast) === true) always = index;
    if (text !== undefined && !seen.has(text)) seen.set(text, index);
    const taker = earlier === undefined ? undefined : node.cases[earlier];
    if (span === undefined || taker === undefined) return [];
    return [
      report("FC5002", span, `This case is never taken: ${earlier === always ? "one before it always holds" : "one before it has the same condition"}, and the first that holds is taken`, {
        hint: earlier === always ? "remove it, or let the earlier case be the `else` at the end" : "remove one of the two, or change its condition",
        related: [{ span: taker.when?.span ?? taker.span, message: "this case is taken first" }],
      }),
    ];
  });
}

function shadowedClauses(clauses: readonly CatchPlan[] | undefined, nodes: readonly CatchNode[] | undefined): readonly Diagnostic[] {
  if (clauses === undefined || nodes === undefined) return [];
  const taken = new Map<string, number>();
  let any = -1;
  return clauses.flatMap(({ on }, index) => {
    const node = nodes[index];
    const by = any >= 0 ? any : on === "any" || on.length === 0 ? undefined : allTaken(on, taken);
    if (on === "any") any = any < 0 ? index : any;
    else for (const code of on) if (!taken.has(code)) taken.set(code, index);
    const taker = by === undefined ? undefined : nodes[by];
    if (node === undefined || taker === undefined) return [];
    return [
      report("FC5002", spanOf(node), "This clause is never entered: clauses before it catch everything that it lists, and the first match wins", {
        hint: by === any ? "let the clause for `any` be the last" : "remove it, or list other codes",
        related: [{ span: spanOf(taker), message: "this clause is entered first" }],
      }),
    ];
  });
}

/** The last of the clauses that together take all these codes. */
function allTaken(codes: readonly string[], taken: ReadonlyMap<string, number>): number | undefined {
  const by = codes.map((code) => taken.get(code));
  return by.every((index) => index !== undefined) ? Math.max(...by) : undefined;
}

const spanOf = (node: CatchNode) => (node.on === "any" ? node.span : (node.on[0]?.span ?? node.span));
