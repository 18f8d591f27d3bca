import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { name, VARIABLE } from "../../forms/names.js";
import { whole, word } from "../../forms/scalars.js";
import { CEL, DATA, TYPE } from "../../forms/values.js";
import { blockNode, hasContent, type Blocks } from "../block.js";
import { atOnce, JOINED } from "../targets.js";

const AS = may(name(VARIABLE), "The name of the element inside the body; `index` counts from 0.", { default: "item", example: "order" });

const MAP = keys("{ over, as, concurrency, join, rest }", {
  over: must(CEL, "The list that is gone through.", { example: "input.items" }),
  as: AS,
  ...JOINED,
  concurrency: atOnce("16"),
});

export const mapStep = ({ DO, VALUE }: Blocks) =>
  kind(
    "map",
    { map: must(MAP, "The list, the name of its element and how many run at once."), do: DO, value: VALUE },
    { description: "Runs its body for each element of a list. The output is a list in the same order.", example: "{ id: checked, map: { over: input.items, as: item }, do: [ { agent: checker, with: \"${item}\" } ] }" },
    ({ map: { concurrency, ...map }, ...parts }, node, at): StepPart | undefined =>
      hasContent(parts, node, "`map`", at.report)
        ? { kind: "map", ...map, ...(concurrency === undefined ? {} : { concurrency: concurrency.value }), block: blockNode(node.span, parts) }
        : undefined,
  );

const LOOP = keys("{ type, init, while, until, max, … }", {
  type: may(TYPE, "The type of `state`. Needed where `init` holds `[]`, `{}` or null.", { default: "the type of `init`" }),
  init: must(DATA, "The first `state`.", { example: '{ text: "", done: false }' }),
  over: may(CEL, "A list: one pass for each element."),
  as: AS,
  while: may(CEL, "Tested before each pass, over `state` and `iteration`."),
  until: may(CEL, "Tested after each pass, on the new `state`.", { example: "state.done" }),
  max: may(whole({ min: 1 }), "The largest number of passes. Needed without `over`.", { example: "5" }),
  on_max: may(word("fail", "stop"), "What happens after `max` passes: `fail` raises `exhausted`, `stop` goes on with the state reached.", { default: "fail" }),
});

export const loopStep = ({ DO, VALUE }: Blocks) =>
  kind(
    "loop",
    { loop: must(LOOP, "The first state, and when the loop ends."), do: DO, value: { ...VALUE, description: "The next `state`; without it, the output of the last step." } },
    { description: "Repeats its body as a fold: each pass makes the next `state` from the last. The output is the last state.", example: "{ id: tries, loop: { init: { text: \"\", done: false }, until: state.done, max: 3 }, do: [ { id: w, agent: writer } ], value: { text: \"${steps.w.text}\", done: true } }" },
    ({ loop: { on_max, ...loop }, ...parts }, node, at): StepPart | undefined =>
      hasContent(parts, node, "`loop`", at.report)
        ? { kind: "loop", ...loop, ...(on_max === undefined ? {} : { onMax: on_max.value }), block: blockNode(node.span, parts) }
        : undefined,
  );
