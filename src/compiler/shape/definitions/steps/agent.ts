import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { may, must } from "../../forms/keys.js";
import { word } from "../../forms/scalars.js";
import { DATA } from "../../forms/values.js";
import { target } from "../targets.js";

/** `trust` on a step whose input comes from a model (taint). */
export const TRUST = may(word("model"), "Says that what a model wrote may go into this write without a guard or an approval.");

export const AGENT_STEP = kind(
  "agent",
  {
    agent: must(target("the name of an agent"), "The agent that answers: its name, or `{ pick: expression, from: [a, b] }`."),
    with: may(DATA, "The agent's input.", { default: '"${input}"', example: '{ q: "${input.text}" }' }),
    trust: TRUST,
  },
  { description: "Asks an agent. The output is its answer, checked against the agent's `output`.", example: "{ id: triage, agent: triage, with: \"${input}\" }" },
  ({ agent, ...rest }): StepPart => ({ kind: "agent", agent, ...rest }),
);
