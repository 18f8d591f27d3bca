import type { BlockNode, CelNode, StepPart } from "../../ast.js";
import type { Span } from "../../../../core/diagnostic.js";
import { list } from "../../forms/combine.js";
import { built, type Form } from "../../forms/form.js";
import { choice, kind } from "../../forms/kinds.js";
import { must, type Keys } from "../../forms/keys.js";
import { CEL } from "../../forms/values.js";
import { blockNode, hasContent, type Blocks } from "../block.js";

interface Case {
  readonly span: Span;
  readonly head: Span;
  readonly when?: CelNode;
  readonly block: BlockNode;
}

const caseForm = ({ block, blockKeys }: Blocks): Form<Case> =>
  choice<Keys, { readonly when?: CelNode; readonly block: BlockNode }, Case>({
    called: "a case",
    common: {},
    kinds: [
      kind(
        "when",
        { when: must(CEL, "The condition of this case; the first that holds is taken.", { example: "input.total > 100" }), ...blockKeys },
        { description: "A case with its condition.", example: "{ when: input.total > 100, do: [ { agent: reviewer } ] }" },
        ({ when, ...parts }, node, at) => (hasContent(parts, node, "a case", at.report) ? { when, block: blockNode(node.span, parts) } : undefined),
      ),
      kind(
        "else",
        { else: must(block, "The block that is taken when no case holds. It is the last of the list.") },
        { description: "What is done when no case holds; the last of the list.", example: "{ else: { value: { approved: true } } }" },
        (values) => ({ block: values.else }),
      ),
    ],
    make: (_common, part, head, node) => (part === undefined ? undefined : { span: node.span, head, ...part }),
  });

export const switchStep = (blocks: Blocks) =>
  kind(
    "switch",
    {
      switch: must(
        built(list(caseForm(blocks), 1), (cases, _node, at) => {
          const early = cases.slice(0, -1).find(({ when }) => when === undefined);
          if (early !== undefined) at.report("FC2014", early.head, "`else` is the last of its `switch`: no case behind it is ever taken", { hint: "move it to the end of the list" });
          return cases.map(({ head: _head, ...each }) => each);
        }),
        "The cases: `{ when, do?, value? }` each, and perhaps `{ else: … }` as the last.",
        { example: "[ { when: input.total > 100, do: [ { set: 1 } ] }, { else: { value: small } } ]" },
      ),
    },
    { description: "Takes the first case whose condition holds. Without `else` its output is optional, unless the cases cover an enum.", example: "{ id: gate, switch: [ { when: input.total > 100, do: [ { agent: reviewer } ] }, { else: { value: { ok: true } } } ] }" },
    (values): StepPart => ({ kind: "switch", cases: values.switch }),
  );
