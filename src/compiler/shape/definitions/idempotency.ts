import type { ToolDecl } from "../ast.js";
import { either } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { choice, kind } from "../forms/kinds.js";
import { may, must, type Keys } from "../forms/keys.js";
import { HEADER, name } from "../forms/names.js";
import { DURATION, plain, word } from "../forms/scalars.js";

type Idempotency = NonNullable<ToolDecl["idempotency"]>;
type Value = Idempotency["value"];

const WINDOW = may(DURATION, "How long the other side remembers a key; after that the tool counts as not idempotent.", { default: "for ever", example: "24h" });
const windowOf = (window: { readonly value: number } | undefined) => (window === undefined ? {} : { window: window.value });

const LONG = choice<Keys, Value, Idempotency>({
  called: "`idempotency`",
  common: {},
  kinds: [
    kind(
      "header",
      { header: must(name(HEADER), "The header that carries the key.", { example: "Idempotency-Key" }), window: WINDOW },
      { description: "The key goes into a header.", example: "{ header: Idempotency-Key, window: 24h }" },
      ({ header, window }): Value => ({ kind: "header", header: header.value, ...windowOf(window) }),
    ),
    kind(
      "field",
      { field: must(plain("the name of a field"), "The field of the input that carries the key.", { example: "request_id" }), window: WINDOW },
      { description: "The key goes into a field of the input.", example: "{ field: request_id }" },
      ({ field, window }): Value => ({ kind: "field", field: field.value, ...windowOf(window) }),
    ),
  ],
  make: (_common, value, _head, node) => (value === undefined ? undefined : { value, span: node.span }),
});

/** A word, or the header or field with its window. */
export const IDEMPOTENCY: Form<Idempotency> = either({
  scalar: built(word("none", "header", "key", "native"), ({ value, span }): Idempotency => ({
    value: value === "header" ? { kind: "header", header: "Idempotency-Key" } : { kind: value },
    span,
  })),
  map: LONG,
});
