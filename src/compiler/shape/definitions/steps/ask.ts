import type { AskedNode, DurationNode, StepPart } from "../../ast.js";
import { either } from "../../forms/combine.js";
import { built, type Form } from "../../forms/form.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { name, REFERENCE } from "../../forms/names.js";
import { DURATION } from "../../forms/scalars.js";
import { DATA, PROMPT, TYPE } from "../../forms/values.js";

const TO: Form<AskedNode> = either({
  scalar: built(name({ ...REFERENCE, called: "the name of a topic" }), (topic): AskedNode => ({ is: "topic", topic })),
  map: built(
    keys("{ tool, with? }", {
      tool: must(name({ ...REFERENCE, called: "the name of a tool" }), "The tool that tells somebody. It can be called again: it reads, or is idempotent."),
      with: may(DATA, "The tool's input. `asked` is the question, a `Question`.", { default: '"${asked}"', example: '{ text: "${asked.question}: ${asked.answer}" }' }),
    }),
    (written): AskedNode => ({ is: "tool", ...written }),
  ),
});

const ASK = keys("{ question, output, … }", {
  question: must(PROMPT, "What the person is asked: text, or `{ file: path }`.", { example: '"Ship ${input.id}?"' }),
  show: may(DATA, "What the person sees beside the question."),
  output: must(TYPE, "The type of the answer.", { example: "Approval" }),
  default: may(DATA, "The answer that is filled in for the person to change."),
  to: may(TO, "Where the question goes too: a topic, which gets a `Question`, or a tool. The run waits for the answer, not for the tool, which is called until it succeeds or the question is answered.", { example: "approvals" }),
  timeout: may(DURATION, "How long the run waits for an answer.", { default: "for ever" }),
  on_timeout: may(DATA, "The answer when nobody answered in time; without it the step raises `timeout`.", { example: "{ approved: false }" }),
});

export const ASK_STEP = kind(
  "ask",
  { ask: must(ASK, "The question, and the type of its answer.") },
  { description: "Asks a person. The run is parked, without memory or a slot, until `flowctl runs answer` or `flowctl runs approve`.", example: '{ id: ok, ask: { question: "Ship it?", output: Approval, timeout: 24h, on_timeout: { approved: false } } }' },
  ({ ask: { on_timeout, ...ask } }): StepPart & { readonly timeout?: DurationNode } => ({
    kind: "ask",
    ...ask,
    ...(on_timeout === undefined ? {} : { onTimeout: on_timeout }),
  }),
);
