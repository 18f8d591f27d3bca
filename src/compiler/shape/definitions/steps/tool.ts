import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { may, must } from "../../forms/keys.js";
import { name, REFERENCE } from "../../forms/names.js";
import { DATA } from "../../forms/values.js";
import type { Blocks } from "../block.js";
import { ON_UNKNOWN } from "../on-unknown.js";
import { undoKeys, undoOf } from "../undo-keys.js";
import { TRUST } from "./agent.js";

export const toolStep = (blocks: Blocks) => kind(
  "tool",
  {
    tool: must(name({ ...REFERENCE, called: "the name of a tool" }), "The tool that is called."),
    with: may(DATA, "The tool's input.", { default: '"${input}"', example: '{ id: "${input.id}" }' }),
    key: may(DATA, "The idempotency key of this call, hashed with the tool's name. Equal keys are one effect, also over runs.", {
      default: "the run's id and the step's path",
      example: '"${input.id}"',
    }),
    on_unknown: may(
      ON_UNKNOWN,
      "What happens when a crash, a timeout or a cut connection hid whether the effect happened: try again, as often as its policy says (needs idempotency), ask the tool's `verify`, or stop for a person.",
      { default: "`retry` where the tool is idempotent, else `fail`" },
    ),
    ...undoKeys(blocks),
    trust: TRUST,
  },
  { description: "Calls a tool. The output is what it answers, checked against the tool's `output`.", example: "{ id: paid, tool: charge, with: { amount: \"${input.total}\" } }" },
  ({ tool, with: data, key, on_unknown, trust, ...undo }): StepPart => ({
    kind: "tool",
    tool,
    ...(data === undefined ? {} : { with: data }),
    ...(key === undefined ? {} : { key }),
    ...(on_unknown === undefined ? {} : { onUnknown: on_unknown }),
    ...undoOf(undo),
    ...(trust === undefined ? {} : { trust }),
  }),
);
