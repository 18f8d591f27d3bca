import type { StepNode } from "../shape/ast.js";

const CONTAINERS: ReadonlySet<StepNode["kind"]> = new Set(["switch", "parallel", "map", "loop", "saga"]);

/** Why a step cannot read itself, or what it stands in. */
export function ownId(node: StepNode, id: string): string {
  if (!CONTAINERS.has(node.kind)) return `\`steps.${id}\` is this very step: its output is not there yet`;
  return `\`steps.${id}\` contains this place: its value is there when all of it is done${node.kind === "loop" ? "; inside, read `state`" : ""}`;
}

/** Why a step inside a finished container cannot be read. */
export const finished = (inner: string, container: string): string =>
  `\`steps.${inner}\` stands inside \`${container}\` and cannot be read behind it: give that block a \`value\`, and read \`steps.${container}\``;
