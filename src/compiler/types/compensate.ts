import type { BlockPlan, CompensatePlan } from "../../core/plan/step.js";
import { STRING, type Type } from "../../core/type.js";
import { blocksOf } from "../../core/plan/blocks.js";
import type { BlockNode } from "../shape/ast.js";
import { asData } from "./as-data.js";
import { CAUSE } from "./catch.js";
import type { FlowCheck, Shared } from "./flow-check.js";

interface Undone {
  readonly path: string;
  /** Of the step that is undone; null: it has none, and why. */
  readonly output: { readonly type: Type } | { readonly none: string };
}

/** What undoes a step: a block that sees the step's scope, and `output`, `error`, `key`. */
export function checkCompensate(cx: FlowCheck, node: BlockNode, { path, output }: Undone): CompensatePlan {
  const { lexical, shared } = cx;
  const id = path.slice(path.lastIndexOf("/") + 1);
  const mark = lexical.enter();
  for (const [name, type] of lexical.vars) {
    // It is seen as it was recorded: an element that is a time is text then.
    if (!APART.has(name) && asData(type) !== type) lexical.bind(name, asData(type));
  }
  lexical.hide(id, `This undoes \`${id}\`: its output is \`output\` here`);
  if ("type" in output) lexical.bind("output", output.type);
  else lexical.forbid("output", output.none);
  lexical.bind("error", CAUSE);
  lexical.bind("key", STRING);
  const { plan } = cx.block(cx, node, { path: `${path}!undo`, over: (inner) => `\`steps.${inner}\` stands in the \`compensate\` of \`${id}\`, which runs only when that is undone` });
  lexical.leave(mark);
  if ("none" in output) lexical.forbid("output", null);
  return { id: freeId(shared, path), block: plan, reads: outsideReads(shared, plan) };
}

/** Ids that a block gives by itself may stand in several blocks of a step. */
function freeId({ undos }: Shared, wanted: string): string {
  let id = wanted;
  for (let n = 2; undos.has(id); n += 1) id = `${wanted}~${n}`;
  undos.add(id);
  return id;
}

/** Nothing in them is a time, but for those of the run, which are its own. */
const APART: ReadonlySet<string> = new Set(["steps", "info", "branches", "run"]);

const GIVEN: ReadonlySet<string> = new Set(["output", "error", "key", "run"]);

/** What the block reads of the scope around it, to the depth at which it is recorded: `input.id`, `steps.triage`. */
function outsideReads({ steps, blockReads }: Shared, block: BlockPlan): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const own = new Set<string>();
  const visit = (one: BlockPlan): void => {
    for (const step of one.steps) own.add(step.id);
    const reads = [...(blockReads.get(one) ?? []), ...one.steps.flatMap((step) => steps.get(step)?.reads ?? [])];
    for (const { path } of reads) {
      const [root = "", name = ""] = path;
      if (GIVEN.has(root) || ((root === "steps" || root === "info") && own.has(name))) continue;
      const kept = path.slice(0, 2);
      found.set(kept.join("."), kept);
    }
    for (const step of one.steps) {
      // A called flow sees what it is called with.
      if (step.kind !== "call") for (const inner of blocksOf(step)) visit(inner);
    }
  };
  visit(block);
  return [...found.values()];
}
