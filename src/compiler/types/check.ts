import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { NEVER } from "../../core/type.js";
import { joinAll } from "../../core/typing/join.js";
import type { LoadedDocument, World } from "../names/load.js";
import { declarations, lacks } from "../names/namespace.js";
import { blocksOf, stepIds } from "../names/step-ids.js";
import { makeProblems } from "../problems.js";
import type { FlowHead } from "../shape/ast.js";
import { checkModels, type Outside } from "./binding.js";
import { checkBlock } from "./block.js";
import type { CheckedFlow } from "./checked.js";
import { TEXT } from "./data.js";
import { checkDeclarations } from "./declared/all.js";
import { draftOf, type FlowOutcome } from "./draft.js";
import type { Expected } from "./expected.js";
import { checkKey } from "./expression.js";
import { nothingKnown, stepPlace, type Callee, type FlowCheck, type Shared } from "./flow-check.js";
import { foresight, type Foresee } from "./foresight.js";
import { narrowedBy } from "./narrowed.js";
import type { Yield } from "./outcome.js";
import { makePlanParts } from "./plan-parts.js";
import { RUN } from "./run-type.js";
import { makeLexical } from "./scope.js";
import { checkVerified } from "./verified.js";
import { shapeOf } from "./shape-of.js";
import { checkReplies, checkTriggers, inputOf, type CheckedTriggers } from "./triggers.js";

export interface CheckResult {
  /** Null for a library, and for a flow with an error. */
  readonly checked: CheckedFlow | null;
  /** The same in spite of errors, for rules that can do with what there is; null for a library. */
  readonly partial: CheckedFlow | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Names and types of one document; for a flow also the draft of its plan. */
export function checkDocument(document: LoadedDocument, world: World, outside: Outside = {}): CheckResult {
  const shared = sharedBy(document, world, outside);
  const { problems } = shared;
  const head = document.file.flow;
  if (head === undefined) {
    checkDeclarations(contextOf(shared, document, null));
    return { checked: null, partial: null, diagnostics: problems.all() };
  }
  const flow = checkFlow(shared, document, head);
  checkDeclarations(flow.cx);
  checkVerified(shared);
  const partial: CheckedFlow = {
    file: document.file,
    head,
    draft: draftOf(head, flow),
    steps: shared.steps,
    blocks: shared.blocks,
    blockReads: shared.blockReads,
    declarations: [...declarations(document.names)].map(({ section, name, span, own, used }) => ({ section, name, span, own, used })),
  };
  const diagnostics = problems.all();
  const failed = document.broken || lacks(document.names) || document.file.broken.size > 0 || diagnostics.some(({ severity }) => severity === "error");
  return { checked: failed ? null : partial, partial, diagnostics };
}

const sharedBy = (document: LoadedDocument, world: World, outside: Outside, foresee: Foresee = foresightOf(world, outside)): Shared => ({
  world,
  outside,
  root: document.file.path,
  problems: makeProblems(),
  parts: makePlanParts(),
  steps: new Map(),
  blocks: new Map(),
  blockReads: new Map(),
  verified: [],
  undos: new Set(),
  calls: [],
  callees: new Map(),
  bodies: new Map(),
  foresee,
  circles: new Map(),
  children: new Map(),
  queued: new Map(),
});

/** Each flow is looked at for itself, and what is wrong in it is said where it is checked. */
const foresightOf = (world: World, outside: Outside): Foresee =>
  foresight((document, foresee) => {
    const { flow: head } = document.file;
    return head === undefined ? { raises: new Map(), writes: false } : checkFlow(sharedBy(document, world, outside, foresee), document, head).body;
  });

function checkFlow(shared: Shared, document: LoadedDocument, head: FlowHead, site: Span = head.id.span, path = ""): FlowOutcome {
  const first = contextOf(shared, document, head);
  const input = inputOf(first, head);
  const what = `the output of the flow \`${head.id.value}\``;
  const output: Expected | null = head.output === undefined ? null : { ...shapeOf(first, head.output, document.names), what, declared: head.output.span };
  const cx: FlowCheck = { ...first, input, output };
  const triggers = checkTriggers(cx, head);
  const { lexical } = cx;
  lexical.bind("input", input?.type ?? NEVER);
  lexical.bind("run", RUN);
  lexical.assume(triggers.facts);
  const { budget } = head;
  const budgetKey = budget?.key === undefined ? undefined : checkKey(stepPlace(cx, []), budget.key, "key", TEXT, "a text or a number").expr;
  hideAll(cx, head);
  shared.calls.push({ document, head, site, input: taken(input, triggers), output });
  const body = checkBlock(cx, head.body, { path, over: (id) => `\`steps.${id}\` is over`, ...(output === null ? {} : { expected: output }) });
  shared.calls.pop();
  shared.bodies.set(document, { input, output, plan: body.plan, ...(budgetKey === undefined ? {} : { budgetKey }) });
  checkModels(cx, head);
  const yields: Yield = output === null ? { type: joinAll([body.type, ...cx.returned]), nothing: body.diverges ? null : body.nothing } : { type: output.type, nothing: null };
  checkReplies(cx, head, yields);
  return { cx, triggers, body, yields };
}

function contextOf(shared: Shared, document: LoadedDocument, head: FlowHead | null): FlowCheck {
  const { problems } = shared;
  return {
    document,
    problems,
    shared,
    lexical: makeLexical(),
    owner: head?.id.value ?? "",
    input: null,
    output: null,
    ids: head === null ? { of: new Map(), ambiguous: new Set() } : stepIds(problems, head.body),
    known: nothingKnown(),
    returned: [],
    size: { steps: 0 },
    block: checkBlock,
    callee: checkCallee,
  };
}

/** Until a step is done, reading it is reading ahead. What did not shape is there, and nothing is said about it. */
function hideAll(cx: FlowCheck, head: FlowHead): void {
  const broken = [...cx.document.file.broken].flatMap((name) => (name.startsWith("steps.") ? [name.slice("steps.".length)] : []));
  const silent = { type: NEVER, required: true };
  for (const id of [...broken, ...cx.ids.ambiguous]) cx.lexical.addStep(id, silent, silent);
  if (cx.document.file.broken.has("flow.steps")) {
    cx.lexical.bind("steps", NEVER);
    cx.lexical.bind("info", NEVER);
  }
  for (const block of blocksOf(head.body)) {
    for (const step of block.steps) {
      const id = step.id?.value;
      if (id !== undefined) cx.lexical.hide(id, `\`steps.${id}\` comes later: only earlier steps can be read`);
    }
  }
}

/** A flow that is called: in its own file's names, with its steps under the caller's path. */
function checkCallee(shared: Shared, document: LoadedDocument, site: Span, path: string): Callee | null {
  const known = shared.callees.get(document);
  if (known !== undefined) return known;
  const head = document.file.flow;
  const callee = head === undefined ? null : calleeOf(shared, document, head, site, path);
  shared.callees.set(document, callee);
  return callee;
}

function calleeOf(shared: Shared, document: LoadedDocument, head: FlowHead, site: Span, path: string): Callee | null {
  const { cx, triggers, body, yields } = checkFlow(shared, document, head, site, path);
  const input = taken(cx.input, triggers);
  return input === null ? null : { ...body, type: yields.type, nothing: yields.nothing, input, steps: cx.size.steps };
}

/** What its `where` promises to its steps, the caller must give. */
const taken = (input: Expected | null, { facts }: CheckedTriggers): Expected | null => (input === null ? null : { ...input, type: narrowedBy(input.type, facts, "input") });
