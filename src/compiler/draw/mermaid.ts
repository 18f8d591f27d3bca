import { emittedBy } from "../../core/plan/emitted-topics.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { branchesOf, BY_HAND, clausesOf, condition, describeStart, describeStep, hasOwnId } from "./describe.js";

/** Where an edge comes from, and what stands on it. */
interface End {
  readonly id: string;
  readonly label: string;
}

/**
 * The flow as a Mermaid flowchart: topics as cylinders, agents as hexagons, tools as framed boxes, people as slanted
 * boxes, choices as diamonds; the bodies of map, loop, saga and call are subgraphs.
 */
export function drawMermaid(plan: FlowPlan): string {
  const lines: string[] = ["flowchart TD"];
  let count = 0;
  const node = (shape: Shape, text: string): string => {
    const id = `n${count++}`;
    lines.push(`  ${id}${shape(quoted(text))}`);
    return id;
  };
  const edges = (from: readonly End[], to: string): void => {
    for (const { id, label } of from) lines.push(label === "" ? `  ${id} --> ${to}` : `  ${id} -- ${quoted(label)} --> ${to}`);
  };

  const starts = plan.triggers.map((trigger): End =>
    trigger.kind === "topic"
      ? { id: node(cylinder, trigger.topic), label: trigger.where === undefined ? "" : `where ${condition(trigger.where)}` }
      : { id: node(circle, describeStart(trigger)), label: "" },
  );
  const ends = block(plan.body, starts.length > 0 ? starts : [{ id: node(circle, BY_HAND), label: "" }]);
  if (ends.length > 0) edges(ends, node(circle, "end"));
  return `${lines.join("\n")}\n`;

  /** Draws a block behind the ends given; gives its own. */
  function block(body: BlockPlan, before: readonly End[]): readonly End[] {
    const done = body.steps.reduce((open, step) => draw(step, open), before);
    const caught = clausesOf(body.catch).flatMap((clause) => block(clause.block, [{ id: node(circle, clause.label), label: "" }]));
    return [...done, ...caught];
  }

  function draw(step: StepPlan, before: readonly End[]): readonly End[] {
    const text = hasOwnId(step) ? `${step.id}: ${describeStep(step)}` : describeStep(step);
    const id = node(SHAPES[step.kind], step.when === undefined ? text : `${text} (when ${condition(step.when)})`);
    edges(before, id);
    if (step.kind === "wait" && step.for.is === "message") lines.push(`  ${node(cylinder, step.for.topic)} -.-> ${id}`);
    if (step.kind === "get") lines.push(`  ${node(cylinder, `table ${step.table}`)} -.-> ${id}`);
    if (step.kind === "put") lines.push(`  ${id} -.-> ${node(cylinder, `table ${step.table}`)}`);
    for (const topic of emittedBy(step)) lines.push(`  ${id} -.-> ${node(cylinder, topic)}`);
    const after = caught(step, id);
    const past = step.when === undefined ? [] : [{ id, label: "" }];
    switch (step.kind) {
      case "fail":
      case "return":
        return [...past, ...after];
      case "switch":
        return [...branches(step, id), ...(step.cases.every(({ when }) => when !== undefined) ? [{ id, label: "none" }] : past), ...after];
      case "parallel":
        return [...parallel(step, id), ...past, ...after];
      case "map":
      case "loop":
      case "saga":
      case "call": {
        if (step.kind === "call" && step.run !== undefined) return [{ id, label: "" }, ...after];
        lines.push(`  subgraph s${count++}[${quoted(step.kind === "call" ? step.flow : step.kind === "saga" ? `saga ${step.id}` : `each pass of ${step.id}`)}]`);
        const inner = block(step.block, [{ id, label: "" }]);
        lines.push("  end");
        return [...inner, ...past.filter(() => inner.every((end) => end.id !== id)), ...after];
      }
      case "agent":
      case "tool":
      case "set":
      case "emit":
      case "ask":
      case "wait":
      case "get":
      case "put":
        return [{ id, label: "" }, ...after];
    }
  }

  function branches(step: StepPlan & { readonly kind: "switch" }, id: string): readonly End[] {
    return branchesOf({ ...step, catch: [] }).flatMap(({ label, block: body }) => block(body, [{ id, label }]));
  }

  function caught(step: StepPlan, id: string): readonly End[] {
    return clausesOf(step.catch).flatMap(({ label, block: body }) => block(body, [{ id, label }]));
  }

  /** A branch `after` others begins where those end; only the last ones lead on. */
  function parallel(step: StepPlan & { readonly kind: "parallel" }, id: string): readonly End[] {
    const ended = new Map<string, readonly End[]>();
    const visit = (name: string): readonly End[] => {
      const branch = step.branches.find((one) => one.name === name);
      const known = ended.get(name);
      if (known !== undefined || branch === undefined) return known ?? [];
      ended.set(name, []);
      const label = branch.block.when === undefined ? name : `${name} when ${condition(branch.block.when)}`;
      const from = branch.after.length === 0 ? [{ id, label }] : branch.after.flatMap(visit).map((end) => ({ ...end, label }));
      const ends = block(branch.block, from);
      ended.set(name, ends);
      return ends;
    };
    const followed = new Set(step.branches.flatMap(({ after }) => after));
    return step.branches.flatMap(({ name }) => (followed.has(name) ? (visit(name), []) : visit(name)));
  }
}

/** Mermaid's own characters as its entities, so that an expression is text. */
const quoted = (text: string): string =>
  `"${text.replaceAll("#", "#35;").replaceAll("&", "#amp;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;").replaceAll("`", "#96;")}"`;

type Shape = (text: string) => string;
const box: Shape = (text) => `[${text}]`;
const framed: Shape = (text) => `[[${text}]]`;
const circle: Shape = (text) => `([${text}])`;
const cylinder: Shape = (text) => `[(${text})]`;
const hexagon: Shape = (text) => `{{${text}}}`;
const diamond: Shape = (text) => `{${text}}`;
const slanted: Shape = (text) => `[/${text}/]`;

const SHAPES: Readonly<Record<StepPlan["kind"], Shape>> = {
  agent: hexagon,
  tool: framed,
  ask: slanted,
  wait: slanted,
  get: framed,
  put: framed,
  switch: diamond,
  fail: circle,
  return: circle,
  set: box,
  emit: box,
  parallel: box,
  map: box,
  loop: box,
  saga: box,
  call: box,
};
