import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { catchBlocks } from "../plan/blocks.js";
import type { CheckedFlow, Read } from "../types/checked.js";
import { isWrite, targets, writeTools } from "./write-effects.js";

/**
 * What comes from a model is untrusted (LANGUAGE §10). A write whose input depends on it needs an agent whose output is
 * checked by a schema and a guard, a person's answer that gates it, or `trust: model` on the step.
 */
export function taint(flow: CheckedFlow): readonly Diagnostic[] {
  const found = new Map<StepPlan, Diagnostic>();
  blockTaint(flow, flow.draft.body, { names: new Map(), asks: new Set(), approved: false }, found);
  return [...found.values()];
}

interface Scope {
  /** Root names and `steps.<id>`, `branches.<b>`: the source of what is untrusted in them, or null. */
  readonly names: Map<string, string | null>;
  /** Ids of `ask` steps so far. */
  readonly asks: Set<string>;
  /** A person's answer decides whether this part runs. */
  readonly approved: boolean;
}

const inside = (scope: Scope, more: { readonly approved?: boolean; readonly names?: readonly (readonly [string, string | null])[] } = {}): Scope => ({
  names: new Map([...scope.names, ...(more.names ?? [])]),
  asks: new Set(scope.asks),
  approved: scope.approved || more.approved === true,
});

/** The untrusted source of the block's value, or null. */
function blockTaint(flow: CheckedFlow, block: BlockPlan, outer: Scope, found: Map<StepPlan, Diagnostic>): string | null {
  const own = flow.blockReads.get(block) ?? [];
  let scope = inside(outer, { approved: readsAnswer(own, outer) });
  let last: string | null = null;
  for (const step of block.steps) {
    last = stepTaint(flow, step, scope, found);
    scope.names.set(`steps.${step.id}`, last);
    if (step.kind === "ask") scope.asks.add(step.id);
    const ends = step.kind === "fail" || step.kind === "return";
    if (ends && step.when !== undefined && readsAnswer(flow.steps.get(step)?.reads ?? [], scope)) scope = inside(scope, { approved: true });
  }
  for (const inner of catchBlocks(block.catch)) blockTaint(flow, inner, scope, found);
  return block.value === undefined ? last : sourceOf(own, scope);
}

function stepTaint(flow: CheckedFlow, step: StepPlan, scope: Scope, found: Map<StepPlan, Diagnostic>): string | null {
  const info = flow.steps.get(step);
  const reads = info?.reads ?? [];
  const source = sourceOf(reads, scope);
  const approved = scope.approved || readsAnswer(reads, scope);
  for (const inner of catchBlocks(step.catch)) blockTaint(flow, inner, scope, found);
  switch (step.kind) {
    case "agent":
      warnAgent(flow, step, approved, found);
      return targets(step.agent).every((name) => isGuarded(flow, name)) ? null : step.id;
    case "tool": {
      const tool = flow.draft.tools[step.tool];
      const node = info?.node;
      const trusted = node?.kind === "tool" && node.trust !== undefined;
      if (isWrite(tool) && source !== null && !approved && !trusted && node !== undefined) found.set(step, warning(node.head, `\`${step.id}\` writes what \`${source}\` made, and nothing has checked it but a model`));
      return tool?.kind === "expr" ? source : null;
    }
    case "set":
    case "emit":
      return source;
    case "switch":
      return step.cases.map(({ block }) => blockTaint(flow, block, inside(scope, { approved }), found)).find((one) => one !== null) ?? null;
    case "parallel":
      return parallelTaint(flow, step, inside(scope, { approved }), found);
    case "map":
      return blockTaint(flow, step.block, inside(scope, { approved, names: [[step.as, source], ["index", null]] }), found);
    case "loop": {
      const pass = (state: string | null): string | null =>
        blockTaint(flow, step.block, inside(scope, { approved, names: [["state", state], [step.as, source], ["iteration", null]] }), found);
      // A second pass sees what the first has put into the state.
      return pass(pass(source) ?? source) ?? source;
    }
    case "call":
      return blockTaint(flow, step.block, { names: new Map([["input", source]]), asks: new Set(), approved }, found);
    case "ask":
    case "fail":
    case "return":
      return null;
  }
}

function parallelTaint(flow: CheckedFlow, step: StepPlan & { kind: "parallel" }, scope: Scope, found: Map<StepPlan, Diagnostic>): string | null {
  const branches = new Map<string, string | null>();
  const done = new Set<string>();
  const visit = (name: string): void => {
    const branch = step.branches.find((one) => one.name === name);
    if (branch === undefined || done.has(name)) return;
    done.add(name);
    for (const before of branch.after) visit(before);
    const names = branch.after.map((before) => [`branches.${before}`, branches.get(before) ?? null] as const);
    branches.set(name, blockTaint(flow, branch.block, inside(scope, { names }), found));
  };
  for (const { name } of step.branches) visit(name);
  return [...branches.values()].find((one) => one !== null) ?? null;
}

/** A model fills in the arguments of the write tools that its agent has. */
function warnAgent(flow: CheckedFlow, step: StepPlan & { kind: "agent" }, approved: boolean, found: Map<StepPlan, Diagnostic>): void {
  const tools = writeTools(step, flow.draft);
  const node = flow.steps.get(step)?.node;
  if (tools.length === 0 || node === undefined || step.trust === "model" || approved) return;
  found.set(step, warning(node.head, `the agent of \`${step.id}\` may call \`${tools.join("`, `")}\`, which ${tools.length === 1 ? "writes" : "write"}, with arguments that only a model has made`));
}

const warning = (span: Diagnostic["span"], message: string): Diagnostic =>
  report("FC5040", span, message, { hint: "let a guard check the agent's output, let a person approve it (`ask`, then `fail` when not approved), or write `trust: model` on this step" });

const isGuarded = (flow: CheckedFlow, name: string): boolean => {
  const agent = flow.draft.agents[name];
  return agent?.output !== undefined && agent.guards.output.length > 0;
};

function sourceOf(reads: readonly Read[], { names }: Scope): string | null {
  for (const { path } of reads) {
    const [root = "", next] = path;
    if (root === "steps" || root === "branches") {
      const known = next === undefined ? undefined : names.get(`${root}.${next}`);
      if (known !== undefined && known !== null) return known;
    } else {
      const known = names.get(root);
      if (known !== undefined && known !== null) return known;
    }
  }
  return null;
}

const readsAnswer = (reads: readonly Read[], { asks }: Scope): boolean => reads.some(({ path: [root, id] }) => root === "steps" && id !== undefined && asks.has(id));
