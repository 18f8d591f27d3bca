import type { BlockNode, Located, UndoKeys } from "../ast.js";
import type { MapNode } from "../../parse/tree.js";
import { built, type Form, type Outline } from "../forms/form.js";
import { may } from "../forms/keys.js";
import { BOOLEAN } from "../forms/scalars.js";
import { blockNode, type Blocks } from "./block.js";

const PIVOT: Form<Located<boolean>> = built(BOOLEAN, (value, node) => ({ value, span: node.span }));

/** What says that a map is a block: a step has them only beside its kind. */
const BLOCK_KEYS: ReadonlySet<string> = new Set(["do", "value"]);

function isBlock({ entries }: MapNode, step: Outline): boolean {
  const outline = step.is === "named" ? step.get() : step;
  const kinds = outline.is === "keys" ? (outline.kinds ?? []) : [];
  return entries.some(({ key }) => BLOCK_KEYS.has(key.text)) && !entries.some(({ key }) => kinds.some((kind) => kind.key === key.text));
}

/** A block, or one step in its place. */
function blockOrStep({ block, step }: Blocks): Form<BlockNode> {
  return {
    outline: { is: "either", of: [block.outline, step.outline] },
    read: (node, at) => {
      if (node.kind !== "map" || isBlock(node, step.outline)) return block.read(node, at);
      const one = step.read(node, at);
      return one === undefined ? undefined : blockNode(node.span, { do: { steps: [one], broken: false } });
    },
  };
}

/** The keys of steps that change something: what undoes them, and from which one on nothing is undone. */
export const undoKeys = (blocks: Blocks) => ({
  compensate: may(blockOrStep(blocks), "Undoes this step when its saga fails: a step or a block. `output` is the step's, `error` why it is undone, `key` its idempotency key; the rest is as it was when the step ended.", {
    example: '{ tool: refund, with: { id: "${output.id}" } }',
  }),
  pivot: may(PIVOT, "From this step on its saga is not undone: what follows is tried until it succeeds. In a saga's own list only.", { example: "true" }),
});

export const undoOf = ({ compensate, pivot }: { readonly compensate?: BlockNode; readonly pivot?: Located<boolean> }): UndoKeys => ({
  ...(compensate === undefined ? {} : { compensate }),
  ...(pivot?.value === true ? { pivot } : {}),
});
