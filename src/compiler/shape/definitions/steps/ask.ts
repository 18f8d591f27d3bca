import type { DurationNode, StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { ANY_NAME, name } from "../../forms/names.js";
import { DURATION } from "../../forms/scalars.js";
import { DATA, PROMPT, TYPE } from "../../forms/values.js";

const ASK = keys("{ question, output, … }", {
  question: must(PROMPT, "What the person is asked: text, or `{ file: path }`.", { example: '"Ship ${input.id}?"' }),
  show: may(DATA, "What the person sees beside the question."),
  output: must(TYPE, "The type of the answer.", { example: "Approval" }),
  default: may(DATA, "The answer that is filled in for the person to change."),
  to: may(name({ ...ANY_NAME, called: "a name" }), "Who is asked: a person or a group, as a name for your own tools."),
  timeout: may(DURATION, "How long the run waits for an answer.", { default: "for ever" }),
  on_timeout: may(DATA, "The answer when nobody answered in time; without it the step raises `timeout`.", { example: "{ approved: false }" }),
});

export const ASK_STEP = kind(
  "ask",
  { ask: must(ASK, "The question, and the type of its answer.") },
  { description: "Asks a person. The run is parked, without memory or a slot, until `flowctl answer` or `approve`.", example: '{ id: ok, ask: { question: "Ship it?", output: Approval, timeout: 24h, on_timeout: { approved: false } } }' },
  ({ ask: { on_timeout, ...ask } }): StepPart & { readonly timeout?: DurationNode } => ({
    kind: "ask",
    ...ask,
    ...(on_timeout === undefined ? {} : { onTimeout: on_timeout }),
  }),
);
