import { list } from "../../forms/combine.js";
import { laterKind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { name, REFERENCE } from "../../forms/names.js";
import { whole } from "../../forms/scalars.js";
import { DATA, TYPE } from "../../forms/values.js";

/** Step kinds that the language has and this version does not. */
export const LATER_STEPS = [
  laterKind(
    "plan",
    {
      plan: must(
        keys("{ agent, tools, agents, max_steps, output }", {
          agent: must(name(REFERENCE), "The agent that writes the steps."),
          tools: may(list(name(REFERENCE)), "The tools that the steps may call."),
          agents: may(list(name(REFERENCE)), "The agents that the steps may ask."),
          max_steps: may(whole({ min: 1 }), "The largest number of steps."),
          output: may(TYPE, "The type of what the plan yields."),
        }),
        "Who writes the steps, and what they may use.",
      ),
      with: may(DATA, "The agent's input."),
    },
    { description: "Lets an agent write steps, checks them as if written here, and runs them.", example: "{ id: done, plan: { agent: planner, tools: [fetch], max_steps: 8, output: Text } }" },
  ),
];
