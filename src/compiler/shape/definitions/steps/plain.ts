import type { StepPart } from "../../ast.js";
import { kind } from "../../forms/kinds.js";
import { keys, later, may, must } from "../../forms/keys.js";
import { ANY_NAME, FLOW_REFERENCE, name, REFERENCE } from "../../forms/names.js";
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

export const CALL_STEP = kind(
  "call",
  {
    call: must(name({ ...REFERENCE, ...FLOW_REFERENCE }), "The flow that is called: its id, or `id@major`. It is looked up in this file, then in the project's flow files."),
    with: may(DATA, "The flow's input.", { default: '"${input}"' }),
    detach: later(BOOLEAN, "Starts a run of its own and goes on; the output is `{ run }`."),
  },
  { description: "Runs another flow inside this run: one journal, one budget. The output is that flow's value.", example: '{ id: priced, call: pricing, with: "${input}" }' },
  ({ call, ...rest }): StepPart => ({ kind: "call", flow: call, ...rest }),
);

const FAIL = keys("{ code: name, message: text, data? }", {
  code: must(name({ ...ANY_NAME, called: "a code" }), "The error code, which a `catch` can name.", { example: "rejected" }),
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
