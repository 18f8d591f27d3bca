import type { CelNode, DataNode, PromptNode, TypeNode } from "../ast.js";
import type { ScalarNode } from "../../parse/tree.js";
import { either } from "./combine.js";
import { oneHole } from "./hole.js";
import { keys, must } from "./keys.js";
import { plain, TEXT } from "./scalars.js";
import { built, type Form } from "./form.js";
import { wrongForm } from "./wrong-form.js";

/** Any value; its texts may hold `${…}`. */
export const DATA: Form<DataNode> = { outline: { is: "data" }, read: (node) => node };

/** Bare CEL. `${…}` around the whole of it is taken off, as `fmt` does. */
export const CEL: Form<CelNode> = {
  outline: { is: "cel" },
  read: (node, at) => (node.kind === "scalar" && node.value !== null ? unwrap(node) : wrongForm(node, { is: "cel" }, at)),
};

function unwrap(node: ScalarNode): ScalarNode {
  const hole = oneHole(node.text);
  if (hole === null) return node;
  const text = node.text.slice(...hole);
  return {
    kind: "scalar",
    span: node.span,
    style: node.style,
    value: text,
    text,
    ...(node.comment === undefined ? {} : { comment: node.comment }),
    offsetOf: (index) => node.offsetOf(hole[0] + index),
  };
}

export const TYPE: Form<TypeNode> = {
  outline: { is: "type" },
  read: (node, at) =>
    node.kind === "list" || (node.kind === "scalar" && typeof node.value !== "string")
      ? wrongForm(node, { is: "type" }, at, "a name, `\"Name[]\"`, `Name?`, `{ fields: { … } }` or a JSON Schema")
      : node,
};

const PROMPT_FILE = keys("{ file: path }", {
  file: must(plain("a path"), "A file that holds the prompt, relative to this one. It may use `${…}`, `${for x in xs}…${end}` and `${if c}…${else}…${end}`."),
});

/** Instructions and questions: text, or the file that holds it. */
export const PROMPT: Form<PromptNode> = either({
  scalar: built(TEXT, (node): PromptNode => ({ kind: "text", node })),
  map: built(PROMPT_FILE, ({ file }): PromptNode => ({ kind: "file", path: file })),
});
