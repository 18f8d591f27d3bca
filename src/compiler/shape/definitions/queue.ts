import type { Located, QueueNode } from "../ast.js";
import { either } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, must } from "../forms/keys.js";
import { name, type NameRule } from "../forms/names.js";
import { DATA } from "../forms/values.js";

/** It stands in the subject of its tasks, as one word. */
const QUEUE_RULE: NameRule = { called: "the name of a queue", pattern: /^[A-Za-z][A-Za-z0-9_-]*$/, allowed: "letters, digits, `_` and `-`" };

/** A key of a queue, the last word of a subject. */
export const SITE_NAME: NameRule = { called: "a site", pattern: /^[A-Za-z0-9_-]+$/, allowed: "letters, digits, `_` and `-`" };

export const QUEUE_NAME: Form<Located<string>> = name(QUEUE_RULE);

const SITE = keys("{ name, key }", {
  name: must(QUEUE_NAME, "The queue.", { example: "plc" }),
  key: must(DATA, "The site that does it: a text, the last word of the subject of its tasks.", { example: '"${input.site}"' }),
});

/** A queue's name, or one site of it. */
export const QUEUE: Form<QueueNode> = either({ scalar: built(QUEUE_NAME, (queue): QueueNode => ({ name: queue })), map: SITE });
