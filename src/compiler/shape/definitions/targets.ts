import type { JoinNode, TargetNode } from "../ast.js";
import { either, list } from "../forms/combine.js";
import { built, type Form, type Outline } from "../forms/form.js";
import { keys, may, must } from "../forms/keys.js";
import { name, REFERENCE } from "../forms/names.js";
import { whole, word } from "../forms/scalars.js";
import { CEL } from "../forms/values.js";
import { wrongForm } from "../forms/wrong-form.js";

/** A name, or `{ pick, from }`: the expression chooses among the names listed. */
export const target = (called: string): Form<TargetNode> =>
  either({
    scalar: built(name({ ...REFERENCE, called }), (name): TargetNode => ({ kind: "name", name })),
    map: built(
      keys("{ pick: expression, from: [names] }", {
        pick: must(CEL, "Chooses a name: its type is an enum whose values all stand in `from`.", { example: "steps.route.team" }),
        from: must(list(name({ ...REFERENCE, called }), 1), "The names that can be chosen.", { example: "[a, b]" }),
      }),
      ({ pick, from }): TargetNode => ({ kind: "pick", pick, from }),
    ),
  });

const JOIN_OUTLINE: Outline = { is: "either", of: [{ is: "word", words: ["all", "settled", "any"] }, { is: "number", whole: true, min: 1 }, { is: "cel" }] };
const COUNT = whole({ min: 1 });

/** Not minor: what the step gives depends on it. */
const JOIN: Form<JoinNode> = {
  outline: JOIN_OUTLINE,
  read: (node, at) => {
    if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean") return wrongForm(node, JOIN_OUTLINE, at);
    if (node.text === "all" || node.text === "settled" || node.text === "any") return { value: node.text, span: node.span };
    if (typeof node.value === "number") return COUNT.read(node, at);
    const cel = CEL.read(node, at);
    return cel === undefined ? undefined : { cel };
  },
};

/** Of branches or items. */
export const atOnce = (usual: string) => may(whole({ min: 1 }), "How many run at once. One that waits for a person, a time or a message is one of them.", { default: usual });

/** What `parallel` and `map` have in common. */
export const JOINED = {
  join: may(JOIN, "When the step is done: `all` (the first failure cancels the rest and is raised), `settled` (never fails; gives `ok` and `failed`), `any` or a number of successes, or an expression that gives one.", {
    default: "all",
  }),
  rest: may(word("cancel", "finish"), "What happens to those that are not needed any more: they are cancelled, or those that have begun finish while the run goes on. The step around, or the run, ends when they do.", { default: "cancel" }),
};
