import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { branchesOf, describeStep, hasOwnId } from "./describe.js";

/** The flow as a Mermaid flowchart: topics as cylinders, agents as hexagons, people as trapezoids, blocks as subgraphs. */
export function drawMermaid(plan: FlowPlan): string {
  const lines: string[] = ["flowchart TD"];
  let count = 0;
  const node = (shape: (text: string) => string, text: string): string => {
    const id = `n${count++}`;
    lines.push(`  ${id}${shape(label(text))}`);
    return id;
  };
  const edge = (from: string, to: string, text = ""): void => void lines.push(text === "" ? `  ${from} --> ${to}` : `  ${from} -- ${label(text)} --> ${to}`);

  const starts = plan.triggers.length === 0
    ? [{ id: node(circle, "by hand"), text: "" }]
    : plan.triggers.map((trigger) => (trigger.kind === "topic" ? { id: node(cylinder, trigger.topic), text: trigger.where === undefined ? "" : `where ${trigger.where.text.trim()}` } : { id: node(circle, "by hand"), text: "" }));
  let ends: readonly { readonly id: string; readonly text: string }[] = starts;
  ends = block(plan.body, ends);
  const done = node(circle, "end");
  for (const { id, text } of ends) edge(id, done, text);
  return `${lines.join("\n")}\n`;

  /** Draws a block behind the given ends; gives its own. */
  function block(body: BlockPlan, before: readonly { readonly id: string; readonly text: string }[]): readonly { readonly id: string; readonly text: string }[] {
    let open = before;
    for (const step of body.steps) open = draw(step, open);
    return open;
  }

  function draw(step: StepPlan, before: readonly { readonly id: string; readonly text: string }[]): readonly { readonly id: string; readonly text: string }[] {
    const text = hasOwnId(step) ? `${step.id}: ${describeStep(step)}` : describeStep(step);
    const id = node(shapeOf(step), step.when === undefined ? text : `${text} (when ${step.when.text.trim()})`);
    for (const from of before) edge(from.id, id, from.text);
    if (step.kind === "fail" || step.kind === "return") return step.when === undefined ? [] : [{ id, text: "" }];
    if (step.kind === "emit") {
      for (const topic of typeof step.topic === "string" ? [step.topic] : step.topic.from) lines.push(`  ${id} -.-> ${node(cylinder, topic)}`);
    }
    const branches = branchesOf(step);
    if (branches.length === 0) return [{ id, text: "" }];
    if (step.kind === "map" || step.kind === "loop" || step.kind === "call") {
      lines.push(`  subgraph s${count++}[${label(step.kind === "call" ? step.flow : `each pass of ${step.id}`)}]`);
      const inner = branches.flatMap(({ label: by, block: body }) => block(body, [{ id, text: by }]));
      lines.push("  end");
      return inner;
    }
    const through = step.kind === "switch" && step.cases.every(({ when }) => when !== undefined) ? [{ id, text: "none" }] : step.kind === "switch" || step.kind === "parallel" ? [] : [{ id, text: "" }];
    return [...branches.flatMap(({ label: by, block: body }) => block(body, [{ id, text: by }])), ...through];
  }
}

const label = (text: string): string => `"${text.replaceAll("&", "#amp;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;")}"`;
const box = (text: string): string => `[${text}]`;
const circle = (text: string): string => `([${text}])`;
const cylinder = (text: string): string => `[(${text})]`;
const hexagon = (text: string): string => `{{${text}}}`;
const diamond = (text: string): string => `{${text}}`;
const trapezoid = (text: string): string => `[/${text}/]`;

function shapeOf({ kind }: StepPlan): (text: string) => string {
  switch (kind) {
    case "agent":
      return hexagon;
    case "switch":
      return diamond;
    case "ask":
      return trapezoid;
    case "fail":
    case "return":
      return circle;
    case "tool":
    case "set":
    case "emit":
    case "parallel":
    case "map":
    case "loop":
    case "call":
      return box;
  }
}
