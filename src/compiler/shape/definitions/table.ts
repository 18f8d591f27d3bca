import type { TableDecl } from "../ast.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { DOTTED, name } from "../forms/names.js";
import { DURATION } from "../forms/scalars.js";
import { TYPE } from "../forms/values.js";

export const TABLE: Form<TableDecl> = built(
  keys("a table", {
    key: may(TYPE, "The type of the rows' keys: a text, a number or a boolean.", { default: "string", example: "integer" }),
    value: must(TYPE, "The type of a row.", { example: "Customer" }),
    from: later(name({ ...DOTTED, called: "the name of a topic" }), "The topic that fills the table, which is then read only.", "ignored", "fill the table by a flow that reads the topic, with one `put`"),
    ttl: may(DURATION, "How long a row stays after it was put; then it is as if it had never been there.", { default: "for ever", example: "24h" }),
  }),
  (table, node) => ({ span: node.span, ...table }),
);
