import type { StepNode } from "../ast.js";
import type { MapNode, Node } from "../../parse/tree.js";
import { itemReading } from "../forms/combine.js";
import type { Form, Outline, Reading } from "../forms/form.js";
import { STEP_ID } from "../forms/names.js";
import { wrongForm } from "../forms/wrong-form.js";

export interface StepList {
  readonly steps: readonly StepNode[];
  /** A step did not shape and is left out. */
  readonly broken: boolean;
}

/** A list of steps: one that does not shape is left out and its id noted, so that nobody misses it. */
export function stepList(step: Form<StepNode>): Form<StepList> {
  const outline: Outline = { is: "list", of: step.outline, min: 0 };
  return {
    outline,
    read: (node, at) => {
      if (node.kind !== "list") return wrongForm(node, outline, at, node.kind === "map" ? "a list of steps has a `-` before each, or stands in `[ ]`" : undefined);
      const steps: StepNode[] = [];
      let broken = false;
      let before: Before = "none";
      for (const item of node.items) {
        const read = step.read(item, itemReading(item, at));
        const shaped: StepNode | undefined = read !== undefined && takesOutput(read) ? withOutput(read, before, at) : read;
        before = shaped === undefined ? "broken" : "ok";
        if (shaped !== undefined) steps.push(shaped);
        else {
          broken = true;
          noteBroken(item, node.items, at);
        }
      }
      return { steps, broken };
    },
  };
}

const takesOutput = (step: StepNode): boolean => step.kind === "emit" && step.with === undefined;

type Before = "none" | "broken" | "ok";

/** `emit` without `with` sends the output of the step before it: there must be one, and it must be known. */
function withOutput(step: StepNode, before: Before, at: Reading): StepNode | undefined {
  if (before === "ok") return step;
  if (before === "none") {
    at.report("FC2016", step.head, "this `emit` is the first step of its block, so it needs `with`: what it sends", {
      hint: "without `with` an `emit` sends the output of the step before it; write `with: \"${input}\"` to send the input on",
    });
  }
  return undefined;
}

/** A step without an id is `<kind><n>`: when one is left out, the numbers behind it shift, so all of that kind are noted. */
function noteBroken(item: Node, items: readonly Node[], at: Reading): void {
  if (item.kind !== "map") return;
  const id = item.entries.find(({ key }) => key.text === "id")?.value;
  if (id !== undefined) {
    // An id that is no name: it is not known what reads it.
    at.broken.add(id.kind === "scalar" && STEP_ID.pattern.test(id.text) ? `steps.${id.text}` : "flow.steps");
    return;
  }
  for (const { key } of item.entries) {
    const same = items.filter((other): other is MapNode => other.kind === "map" && other.entries.some((entry) => entry.key.text === key.text));
    same.forEach((_, index) => at.broken.add(`steps.${key.text}${index + 1}`));
  }
}
