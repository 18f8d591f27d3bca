import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { keys, may, must } from "../../forms/keys.js";
import { CODE, FLOW_REFERENCE, name, REFERENCE } from "../../forms/names.js";
import { BOOLEAN, TEXT } from "../../forms/scalars.js";
import { DATA } from "../../forms/values.js";
import type { Blocks } from "../block.js";
import { target } from "../targets.js";
import { undoKeys, undoOf } from "../undo-keys.js";

export const SET_STEP = kind(
  "set",
  { set: must(DATA, "Any value. It is assigned once: there are no variables that change.") },
  { description: "Gives a value a name: its output is the value.", example: '{ id: total, set: "${input.price * input.qty}" }' },
  ({ set }): StepPart => ({ kind: "set", value: set }),
);

export const emitStep = (blocks: Blocks) => kind(
  "emit",
  {
    emit: must(target("the name of a topic"), "The topic that the message goes to: its name, or `{ pick: expression, from: [topics] }`."),
    with: may(DATA, "The message.", { default: "the output of the step before it in the same block", example: '{ id: "${input.id}" }' }),
    ...undoKeys(blocks),
  },
  { description: "Sends a message. It is visible when the step commits; its key is the topic's `key`, else the triggering message's.", example: '{ emit: orders.done, with: { id: "${input.id}" } }' },
  ({ emit, with: data, ...undo }): StepPart => ({ kind: "emit", topic: emit, ...(data === undefined ? {} : { with: data }), ...undoOf(undo) }),
);

export const callStep = (blocks: Blocks) => kind(
  "call",
  {
    call: must(name({ ...REFERENCE, ...FLOW_REFERENCE }), "The flow that is called: its id, or `id@major` for its newest version of that major. It is looked up in this file, then in the project's flow files."),
    with: may(DATA, "The flow's input.", { default: '"${input}"' }),
    detach: may(BOOLEAN, "Starts a run of its own and goes on at once; the output is `{ run }`, its id. It has a journal and a budget of its own, and neither the end nor a cancellation of this run concerns it.", { default: "false" }),
    compensate: may(undoKeys(blocks).compensate.form, "Undoes a run of its own (a call that is detached, or part of a recursion) when its saga fails; what an inlined flow has done is undone by itself."),
  },
  { description: "Runs another flow inside this run: one journal, one budget. The output is that flow's value. A flow that calls itself, directly or over others, starts a run for each call and waits for its end.", example: '{ id: priced, call: pricing, with: "${input}" }' },
  ({ call, detach, ...rest }): StepPart => ({ kind: "call", flow: call, ...rest, ...(detach === true ? { detach } : {}) }),
);

const FAIL = keys("{ code: name, message: text, data? }", {
  code: must(name(CODE), "The error code, which a `catch` can name.", { example: "rejected" }),
  message: must(TEXT, "One sentence for people; it may hold `${…}`.", { example: '"not approved"' }),
  data: may(DATA, "Data that goes along as `error.data`."),
});
export const FAIL_STEP = kind(
  "fail",
  { fail: must(FAIL, "The error that ends the flow, or the block that catches it.") },
  { description: "Raises an error of your own.", example: '{ when: "!steps.gate.ok", fail: { code: rejected, message: "not approved" } }' },
  ({ fail }): StepPart => ({ kind: "fail", ...fail }),
);

export const RETURN_STEP = kind(
  "return",
  { return: must(DATA, "The flow's value, checked against its `output`.") },
  { description: "Ends the flow with a value.", example: '{ when: size(input.items) == 0, return: { id: "${input.id}" } }' },
  (values): StepPart => ({ kind: "return", value: values.return }),
);
