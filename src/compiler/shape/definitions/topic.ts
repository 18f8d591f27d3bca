import type { Located, TopicDecl } from "../ast.js";
import { either } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { DOTTED, name } from "../forms/names.js";
import { BOOLEAN, DURATION, plain, whole, word } from "../forms/scalars.js";
import { CEL, TYPE } from "../forms/values.js";

/** RFC 3986: what libraries of CloudEvents hold a `source` to. */
const URI_REFERENCE = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-fA-F]{2})+$/;

const SOURCE: Form<Located<string>> = built(plain("a URI reference"), (text, _node, at) => {
  if (URI_REFERENCE.test(text.value)) return text;
  const written = encodeURI(text.value.toWellFormed());
  at.report("FC2008", text.span, `\`${text.value}\` is no URI reference, which \`source\` of an event is: it holds ASCII without spaces, and other signs as \`%C3%BC\``, URI_REFERENCE.test(written) ? { hint: `write \`${written}\`` } : {});
  return undefined;
});

const EVENTS = keys("{ cloudevents, source, type }", {
  cloudevents: must(word("binary", "structured"), "How events are sent; both are read.", { example: "structured" }),
  source: may(SOURCE, "`source` of the events that flows send.", { default: "/flowctl", example: "/shop/orders" }),
  type: may(plain(), "`type` of the events that flows send.", { default: "the topic's name", example: "com.example.order.new" }),
});

const ENVELOPE = either({
  scalar: built(word("cloudevents"), (): NonNullable<TopicDecl["envelope"]> => ({ mode: "binary" })),
  map: built(EVENTS, ({ cloudevents, ...attributes }): NonNullable<TopicDecl["envelope"]> => ({ mode: cloudevents.value, ...attributes })),
});

export const TOPIC: Form<TopicDecl> = built(
  keys("a topic", {
    message: may(TYPE, "The type of its messages. A topic without it carries any JSON.", { example: "Order" }),
    key: may(CEL, "The key of a message: messages with the same key keep their order.", { example: "msg.id" }),
    dlq: may(name({ ...DOTTED, called: "the name of a topic" }), "Where messages go that do not decode, break the schema, or whose run failed. It need not be declared.", { example: "orders.dlq" }),
    compatibility: may(
      word("none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"),
      "How a new version of `message` must fit the old one: what a review of a change holds it to. It changes nothing in a run.",
      { default: "none" },
    ),
    format: may(word("json", "avro", "protobuf"), "How messages are encoded. Avro and Protobuf take the type of `message` from a schema file: `{ $ref: order.avsc }`, `{ $ref: shop.proto#Order }`.", { default: "json", example: "avro" }),
    registry: may(keys("{ subject }", { subject: must(plain(), "Its subject there.", { example: "orders.new-value" }) }), "Messages carry the id of their schema in the schema registry that flowctl.yaml names.", { example: "{ subject: orders.new-value }" }),
    envelope: may(ENVELOPE, "Messages are CloudEvents: read in both modes, sent in binary mode (attributes in headers) or `structured` (all in the body).", { example: "cloudevents" }),
    max_bytes: may(whole({ min: 1 }), "The largest message that flows emit to it, as JSON in UTF-8. A larger one raises `limit`, or is stored apart with `claim_check`.", { default: "no limit but the broker's", example: "65536" }),
    claim_check: may(built(BOOLEAN, (value, node): Located<boolean> => ({ value, span: node.span })), "The body of a message larger than `max_bytes` is stored, and the message carries a reference; flows that read it get the body.", { default: "false", example: "true" }),
    time: later(CEL, "The message's event time."),
    retention: later(DURATION, "How long the embedded bus keeps messages."),
  }),
  ({ compatibility: _compared, ...topic }, node) => ({ span: node.span, ...topic }),
);
