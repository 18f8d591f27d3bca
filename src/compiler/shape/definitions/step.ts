import type { Node } from "../../parse/tree.js";
import type { DurationNode, StepNode, StepPart } from "../ast.js";
import { named, type Form } from "../forms/form.js";
import { may } from "../forms/keys.js";
import { choice, type KindForm } from "../forms/kinds.js";
import { name, REFERENCE, STEP_ID } from "../forms/names.js";
import { DURATION } from "../forms/scalars.js";
import { CEL } from "../forms/values.js";
import { blocks } from "./block.js";
import { QUEUE } from "./queue.js";
import { AGENT_STEP } from "./steps/agent.js";
import { ASK_STEP } from "./steps/ask.js";
import { LATER_STEPS } from "./steps/later.js";
import { parallelStep } from "./steps/parallel.js";
import { callStep, emitStep, FAIL_STEP, RETURN_STEP, SET_STEP } from "./steps/plain.js";
import { loopStep, mapStep } from "./steps/repeat.js";
import { sagaStep } from "./steps/saga.js";
import { switchStep } from "./steps/switch.js";
import { GET_STEP, putStep } from "./steps/table.js";
import { toolStep } from "./steps/tool.js";
import { WAIT_STEP } from "./steps/wait.js";

/** A step: one of the kinds, with the common keys. */
const STEP_FORM: Form<StepNode> = named("step", () => STEP);

export const BLOCKS = blocks(STEP_FORM);

const COMMON = {
  id: may(name({ ...STEP_ID, called: "a name" }), "The step's name: its output is `steps.<id>`. Unique in the flow; may be left out where nobody reads it.", { default: "the kind and a number: `agent1`", example: "triage" }),
  when: may(CEL, "The step runs only when this holds; its output is then optional.", { example: "input.total > 100" }),
  policy: may(name({ ...REFERENCE, called: "the name of a policy" }), "The policy for timeouts, retries and limits.", { example: "net" }),
  timeout: may(DURATION, "The longest time that the step may take in all, with retries and waiting.", { example: "30s" }),
  queue: may(QUEUE, "Any worker of this queue does the step, in a run of its own. With a `key` only workers of that site do it. For an agent, a tool and a call.", { example: "triage" }),
  lock: may(CEL, "One holder of this text over all runs, as long as the step takes, with retries, parking and undo; others wait, first come first served. Waiting counts into `timeout`.", { example: "input.account" }),
  catch: may(BLOCKS.catches, "What happens when the step fails: the first clause that lists the error's code.", { example: "[ { on: [timeout], value: null } ]" }),
};

type Part = StepPart & { readonly timeout?: DurationNode };
const KINDS: readonly KindForm<Part>[] = [
  AGENT_STEP,
  toolStep(BLOCKS),
  SET_STEP,
  emitStep(BLOCKS),
  switchStep(BLOCKS),
  parallelStep(BLOCKS),
  mapStep(BLOCKS),
  loopStep(BLOCKS),
  sagaStep(BLOCKS),
  callStep(BLOCKS),
  ASK_STEP,
  WAIT_STEP,
  GET_STEP,
  putStep(BLOCKS),
  FAIL_STEP,
  RETURN_STEP,
  ...LATER_STEPS,
];

export const STEP = choice<typeof COMMON, Part, StepNode>({
  called: "a step",
  common: COMMON,
  leading: ["id", "when"],
  kinds: KINDS,
  make: (common, part, head, node, at) => {
    if (part === undefined) return undefined;
    if (part.timeout !== undefined && common.timeout !== undefined) {
      at.report("FC2015", common.timeout.span, `\`timeout\` is written twice: inside \`${part.kind}\` and beside it`, { hint: "keep one of them; they mean the same" });
    }
    if (part.kind === "ask" && part.onTimeout !== undefined && !isWritten("timeout", node) && !isWritten("timeout", node.entries.find(({ key }) => key.text === "ask")?.value)) {
      at.report("FC2003", part.onTimeout.span, "`on_timeout` needs the key `timeout`: without one nobody is ever late", { hint: "for example `timeout: 24h`; a time limit around the step ends it, and is no answer" });
    }
    return { span: node.span, head, ...common, ...part };
  },
});

/** Also where its value is wrong, which is said already. */
const isWritten = (name: string, node: Node | undefined): boolean => node?.kind === "map" && node.entries.some(({ key }) => key.text === name);
