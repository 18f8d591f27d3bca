import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, CatchPlan, ChildCall, StepPlan } from "../../core/plan/step.js";
import { catchBlocks, undoBlocks } from "../../core/plan/blocks.js";
import type { Node } from "../parse/tree.js";
import type { CheckedFlow, Read } from "../types/checked.js";
import { isWrite, targets, writeTools } from "./write-effects.js";

/**
 * What comes from a model is untrusted. A write whose input depends on it needs an agent whose output is
 * checked by a schema and a guard, a person's answer that decides whether the write runs, or `trust: model` on the step.
 */
export function taint(flow: CheckedFlow): readonly Diagnostic[] {
  const walk: Walk = { flow, states: new Map(), found: new Map(), children: new Map(), returned: CLEAN, failed: CLEAN, undos: [] };
  blockLabel(walk, flow.draft.body, { own: new Map(), outer: null, approved: false });
  // Of a flow that others call: in their saga.
  undone(walk, CLEAN);
  return [...walk.found.values()];
}

type AgentStep = StepPlan & { readonly kind: "agent" };

/** What is known of a value: the model that it depends on, and whether a person's answer is in it. */
interface Label {
  readonly source: AgentStep | null;
  readonly asked: boolean;
}
const CLEAN: Label = { source: null, asked: false };
const both = (labels: readonly Label[]): Label => ({ source: labels.find(({ source }) => source !== null)?.source ?? null, asked: labels.some(({ asked }) => asked) });

interface Walk {
  readonly flow: CheckedFlow;
  /** What loops carry, as far as it is known: so that nested loops are not walked twice for each pass around them. */
  readonly states: Map<StepPlan, Label>;
  readonly found: Map<StepPlan, Diagnostic>;
  /** What flows that are started as runs of their own give, by what they are given. */
  readonly children: Map<string, { readonly value: Label; readonly failed: Label }>;
  /** What the `return` steps of the flow that is walked give. */
  returned: Label;
  /** What the `fail` steps say of the part that is walked: an `error` holds it. */
  failed: Label;
  /** What undoes steps of the part that is walked. */
  undos: Undo[];
}

interface Undo {
  readonly block: BlockPlan;
  readonly scope: Scope;
}

interface Scope {
  /** `input`, `state`, `item` …, `steps.<id>`, `branches.<b>`. */
  readonly own: Map<string, Label>;
  readonly outer: Scope | null;
  /** A person's answer decides whether this part runs. */
  approved: boolean;
}

const inside = (outer: Scope, approved: boolean, names: readonly (readonly [string, Label])[] = []): Scope => ({ own: new Map(names), outer, approved: outer.approved || approved });

/** Labels the block's value, and notes the writes in it. */
function blockLabel(walk: Walk, block: BlockPlan, outer: Scope): Label {
  const reads = walk.flow.blockReads.get(block) ?? [];
  const { when, lock } = walk.flow.blocks.get(block) ?? {};
  const scope = inside(outer, labelOf(within(reads, when), outer).asked);
  const guarded = (): Label => {
    let last = CLEAN;
    for (const step of block.steps) {
      last = stepLabel(walk, step, scope);
      scope.own.set(`steps.${step.id}`, last);
      // From here on the run goes on only because the answer was not that one.
      if ((step.kind === "fail" || step.kind === "return") && step.catch === undefined) scope.approved ||= isGated(walk, step, scope);
    }
    return block.value === undefined ? last : labelOf(reads.filter((read) => !isWithin(read, when) && !isWithin(read, lock)), scope);
  };
  return orCaught(walk, block.catch, scope, guarded);
}

/** What fails has the value of its `catch`; a person who is asked there decides nothing of what has not failed. */
function orCaught(walk: Walk, clauses: readonly CatchPlan[] | undefined, scope: Scope, guarded: () => Label): Label {
  const [label, failed] = withFailed(walk, guarded);
  if (clauses?.some(({ on }) => on === "any") !== true) walk.failed = both([walk.failed, failed]);
  const caught = both(catchBlocks(clauses).map((block) => blockLabel(walk, block, inside(scope, false, [["error", failed]]))));
  return { ...label, source: label.source ?? caught.source };
}

/** A part, and what the `fail` steps in it say. */
function withFailed(walk: Walk, part: () => Label): readonly [label: Label, failed: Label] {
  const outer = walk.failed;
  walk.failed = CLEAN;
  const label = part();
  const { failed } = walk;
  walk.failed = outer;
  return [label, failed];
}

/** What fails undoes what stands before it: the cause that a `compensate` sees is what a `fail` in the whole part says. */
function orUndone(walk: Walk, part: () => Label): Label {
  const outer = walk.undos;
  walk.undos = [];
  const [label, failed] = withFailed(walk, part);
  walk.failed = both([walk.failed, failed]);
  undone(walk, failed);
  // What fails around it undoes it too.
  walk.undos = [...outer, ...walk.undos];
  return label;
}

function undone(walk: Walk, error: Label): void {
  for (const { block, scope } of walk.undos) blockLabel(walk, block, inside(scope, false, [["error", error]]));
}

/** `settled` does not fail: it gives what has failed. */
const joined = (walk: Walk, { join }: StepPlan & { readonly kind: "parallel" | "map" }, part: () => Label): Label => (join === "settled" ? both(withFailed(walk, () => orUndone(walk, part))) : orUndone(walk, part));

/** What a flow gives where it is called: its value, or what a `return` in it says. */
function flowLabel(walk: Walk, body: BlockPlan, input: Label, approved: boolean): Label {
  const outer = walk.returned;
  walk.returned = CLEAN;
  const value = blockLabel(walk, body, { own: new Map([["input", input]]), outer: null, approved });
  const label = both([value, walk.returned]);
  walk.returned = outer;
  return label;
}

const stepLabel = (walk: Walk, step: StepPlan, scope: Scope): Label => orCaught(walk, step.catch, inside(scope, isGated(walk, step, scope)), () => ownLabel(walk, step, scope));

/** Of a step that does not fail. */
function ownLabel(walk: Walk, step: StepPlan, scope: Scope): Label {
  const { flow, found } = walk;
  const info = flow.steps.get(step);
  const reads = info?.reads ?? [];
  const label = labelOf(reads.filter((read) => !isWithin(read, info?.node.when) && !isWithin(read, info?.node.lock)), scope);
  const gated = isGated(walk, step, scope);
  const approved = scope.approved || gated;
  // What undoes a step sees what the step has answered, which is trusted.
  for (const block of undoBlocks(step)) walk.undos.push({ block, scope: inside(scope, gated, [["output", CLEAN], ["key", CLEAN]]) });
  switch (step.kind) {
    case "agent": {
      const warning = agentWrites(flow, step);
      if (warning !== null && !approved && step.trust === undefined) found.set(step, warning);
      return { source: targets(step.agent).every((name) => isGuarded(flow, name)) ? null : step, asked: false };
    }
    case "tool": {
      const trusted = info?.node.kind === "tool" && info.node.trust !== undefined;
      if (label.source !== null && isWrite(flow.draft.tools[step.tool]) && !approved && !trusted) {
        const warning = writesFrom(flow, step, label.source);
        if (warning !== null) found.set(step, warning);
      }
      // What a tool answers is the tool's, but for one that only computes.
      return flow.draft.tools[step.tool]?.kind === "expr" ? label : CLEAN;
    }
    case "put": {
      const trusted = info?.node.kind === "put" && info.node.trust !== undefined;
      const warning = label.source === null || approved || trusted ? null : writesFrom(flow, step, label.source);
      if (warning !== null) found.set(step, warning);
      return label;
    }
    case "set":
    case "emit":
      return label;
    case "switch":
      return both(step.cases.map(({ block }) => blockLabel(walk, block, inside(scope, gated || label.asked))));
    case "parallel":
      return joined(walk, step, () => branchesLabel(walk, step, inside(scope, gated)));
    case "map":
      return joined(walk, step, () => blockLabel(walk, step.block, inside(scope, gated, [[step.as, label]])));
    case "loop": {
      const pass = (state: Label): Label => blockLabel(walk, step.block, inside(scope, gated, [["state", state], [step.as, label]]));
      const before = walk.states.get(step) ?? label;
      const after = both([before, pass(before)]);
      walk.states.set(step, after);
      // A second pass sees what the first has put into the state.
      return before.source === null && after.source !== null ? both([after, pass(after)]) : after;
    }
    case "saga":
      return orUndone(walk, () => blockLabel(walk, step.block, inside(scope, gated)));
    case "call":
      if (step.run !== undefined) return childLabel(walk, step.run, label, approved);
      return flowLabel(walk, step.block, label, approved);
    case "ask": {
      // Where nobody answers in time, that is a model's doing if what stands for an answer is.
      const { source } = labelOf(within(reads, info?.node.kind === "ask" ? info.node.onTimeout : undefined), scope);
      return { source, asked: source === null };
    }
    case "fail":
      walk.failed = both([walk.failed, label]);
      return CLEAN;
    case "return":
      walk.returned = both([walk.returned, label]);
      return CLEAN;
    case "wait":
    case "get":
      return CLEAN;
  }
}

/** A circle is walked once for each thing that it may be given. */
function childLabel(walk: Walk, { as, detached }: ChildCall, label: Label, approved: boolean): Label {
  const body = walk.flow.draft.flows?.[as]?.body;
  const key = `${as} ${label.source?.id ?? ""} ${approved}`;
  if (body === undefined) return CLEAN;
  let given = walk.children.get(key);
  if (given === undefined) {
    walk.children.set(key, { value: CLEAN, failed: CLEAN });
    const { undos } = walk;
    const [value, failed] = withFailed(walk, () => flowLabel(walk, body, label, approved));
    // What it has done is its own.
    walk.undos = undos;
    walk.children.set(key, (given = { value, failed }));
  }
  if (detached === true) return CLEAN;
  walk.failed = both([walk.failed, given.failed]);
  return given.value;
}

/** Branches behind others see what those gave. */
function branchesLabel(walk: Walk, step: StepPlan & { readonly kind: "parallel" }, scope: Scope): Label {
  const labels = new Map<string, Label>();
  const visit = (name: string): void => {
    const branch = step.branches.find((one) => one.name === name);
    if (branch === undefined || labels.has(name)) return;
    labels.set(name, CLEAN);
    for (const before of branch.after) visit(before);
    labels.set(name, blockLabel(walk, branch.block, inside(scope, false, branch.after.map((before) => [`branches.${before}`, labels.get(before) ?? CLEAN]))));
  };
  for (const { name } of step.branches) visit(name);
  return both([...labels.values()]);
}

/** The step's `when` reads a person's answer. */
const isGated = ({ flow }: Walk, step: StepPlan, scope: Scope): boolean => {
  const info = flow.steps.get(step);
  return info !== undefined && labelOf(within(info.reads, info.node.when), scope).asked;
};

const isWithin = ({ span }: Read, node: Node | undefined): boolean => node !== undefined && span.start >= node.span.start && span.end <= node.span.end && span.file === node.span.file;
const within = (reads: readonly Read[], node: Node | undefined): readonly Read[] => (node === undefined ? [] : reads.filter((read) => isWithin(read, node)));

function labelOf(reads: readonly Read[], scope: Scope): Label {
  return both(reads.map(({ path: [root = "", next] }) => lookUp(root === "steps" || root === "branches" ? `${root}.${next ?? ""}` : root, scope)));
}

function lookUp(name: string, scope: Scope): Label {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const label = at.own.get(name);
    if (label !== undefined) return label;
  }
  return CLEAN;
}

function isGuarded({ draft }: CheckedFlow, name: string): boolean {
  const agent = draft.agents[name];
  return agent?.output !== undefined && agent.guards.output.length > 0;
}

function writesFrom(flow: CheckedFlow, step: StepPlan, source: AgentStep): Diagnostic | null {
  const [node, origin] = [flow.steps.get(step)?.node, flow.steps.get(source)?.node];
  if (node === undefined || origin === undefined) return null;
  const open = targets(source.agent).filter((name) => !isGuarded(flow, name));
  const needs = open.every((name) => flow.draft.agents[name]?.output !== undefined) ? "`guards`" : "an `output` and `guards`";
  return report("FC5040", node.head, `\`${step.id}\` writes what a model made in \`${source.id}\`, and nothing but its schema has checked it`, {
    hint: `give ${quoted(open)} ${needs}, let a person approve it (\`ask\`, then \`fail\` when not approved), or take it as it is: \`trust: model\` on \`${step.id}\``,
    related: [{ span: origin.head, message: `\`${source.id}\` asks ${quoted(open)}` }],
  });
}

/** A model fills in the arguments of the write tools that its agent has. */
function agentWrites(flow: CheckedFlow, step: AgentStep): Diagnostic | null {
  const tools = writeTools(step, flow.draft);
  const node = flow.steps.get(step)?.node;
  if (tools.length === 0 || node === undefined) return null;
  return report("FC5040", node.head, `The agent of \`${step.id}\` may call ${quoted(tools)}, which ${tools.length === 1 ? "writes" : "write"}, with arguments that only a model has made`, {
    hint: `let a person approve it first (\`ask\`, then \`fail\` when not approved), or take it as it is: \`trust: model\` on \`${step.id}\``,
  });
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(" and ");
