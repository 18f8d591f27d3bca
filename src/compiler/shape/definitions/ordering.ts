import type { CelNode } from "../ast.js";
import { either } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { DURATION, word } from "../forms/scalars.js";
import { CEL } from "../forms/values.js";

interface Ordering {
  readonly by: "key" | CelNode;
  readonly release?: "parked";
}

const BY: Form<"key" | CelNode> = {
  outline: { is: "either", of: [{ is: "word", words: ["key"] }, CEL.outline] },
  read: (node, at) => (node.kind === "scalar" && node.text === "key" ? "key" : CEL.read(node, at)),
};

/** `key`, or `{ by, release }`. */
export const ORDERING: Form<Ordering> = either({
  scalar: built(word("key"), (): Ordering => ({ by: "key" })),
  map: built(
    keys("{ by, release }", {
      by: must(BY, "What runs are ordered by: the word `key` (the message's key), or an expression over `msg` and `meta`.", { example: "msg.account" }),
      release: may(word("parked"), "`parked` frees the key while its run waits for a person."),
      seq: later(CEL, "The number that messages are put in order by."),
      gap: later(DURATION, "How long a missing number is waited for."),
      on_gap: later(word("skip", "fail", "dlq"), "What happens when it does not come."),
    }),
    ({ by, release }): Ordering => ({ by, ...(release === undefined ? {} : { release: release.value }) }),
  ),
});
