import type { StepPart, WaitNode } from "../../ast.js";
import { either } from "../../forms/combine.js";
import type { Form, Outline } from "../../forms/form.js";
import { oneHole } from "../../forms/hole.js";
import { keys, may, must, type Keys } from "../../forms/keys.js";
import { choice, kind } from "../../forms/kinds.js";
import { name, REFERENCE } from "../../forms/names.js";
import { DURATION, word } from "../../forms/scalars.js";
import { CEL, DATA, TYPE } from "../../forms/values.js";

const TIME_OUTLINE: Outline = { is: "either", of: [{ is: "duration" }, { is: "text", called: "a timestamp in `${…}`", pattern: "\\$\\{" }] };

/** A duration, or one hole that gives a timestamp. */
const TIME: Form<WaitNode> = {
  outline: TIME_OUTLINE,
  read: (node, at) => {
    if (node.kind !== "scalar" || !node.text.includes("${")) {
      const duration = DURATION.read(node, at);
      return duration === undefined ? undefined : { is: "duration", duration };
    }
    if (oneHole(node.text) === null) {
      at.report("FC2011", node.span, `${at.what} wants a duration, or one \`\${…}\` that gives a timestamp`, { hint: "write `5m`, or `\"${timestamp(input.due)}\"`" });
      return undefined;
    }
    const cel = CEL.read(node, at);
    return cel === undefined ? undefined : { is: "time", at: cel };
  },
};

const EVENT: Form<WaitNode> = choice<Keys, WaitNode, WaitNode>({
  called: "a wait",
  common: {},
  kinds: [
    kind(
      "signal",
      {
        signal: must(name(REFERENCE), "The name of the signal, for `flowctl runs signal`."),
        type: may(TYPE, "The type of what the signal carries, and of the step's output.", { default: "any JSON", example: "Approval" }),
      },
      { description: "Somebody outside says that the run may go on. A signal that comes before its wait is kept; each one ends one wait.", example: "{ signal: paid, type: { fields: { amount: number } } }" },
      ({ signal, type }): WaitNode => ({ is: "signal", signal, ...(type === undefined ? {} : { type }) }),
    ),
    kind(
      "topic",
      {
        topic: must(name(REFERENCE), "The topic."),
        key: must(DATA, "The key of the message: text. There is no wait for messages of any key.", { example: '"${input.id}"' }),
        where: may(CEL, "A condition over `msg`: others are left for a later pass of a loop.", { example: "msg.amount > 0" }),
        since: may(word("run", "now"), "Whether messages count that come before the step is reached: from the run's start on, or as soon as what `key` reads is known; or only from `now` on.", { default: "run" }),
        collect: may(
          keys("{ until?, for }", { until: may(CEL, "Ends the collection, over `msgs`.", { example: "size(msgs) >= 3" }), for: must(DURATION, "How long messages are collected, from the step's start on.", { example: "1h" }) }),
          "Takes all messages of a time instead of one: the output is the list of them, which may be empty, and the step never raises `timeout`.",
          { example: "{ until: size(msgs) >= 3, for: 1h }" },
        ),
      },
      { description: "A message of a topic with this key comes. It is the step's output; each counts once for the step.", example: '{ topic: payments, key: "${input.id}" }' },
      ({ since, ...rest }): WaitNode => ({ is: "message", ...rest, since: since?.value ?? "run" }),
    ),
  ],
  make: (_common, part): WaitNode | undefined => part,
});

const WAIT: Form<WaitNode> = either({ scalar: TIME, map: EVENT });

export const WAIT_STEP = kind(
  "wait",
  { wait: must(WAIT, "A duration, a timestamp in `${…}`, or what has to happen.", { example: "5m" }) },
  { description: "Parks the run, without memory or a slot, until a time, a signal or a message. A wait for time has no output, the others what came.", example: "{ wait: 5m }" },
  ({ wait }): StepPart => ({ kind: "wait", for: wait }),
);
