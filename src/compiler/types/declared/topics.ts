import { ANY, STRING } from "../../../core/type.js";
import type { TopicPlan } from "../../../core/plan/flow-plan.js";
import type { Declared } from "../../names/namespace.js";
import { resolveName } from "../../names/resolve.js";
import type { Located } from "../../shape/ast.js";
import type { Expected } from "../expected.js";
import { checkKey, type CheckedCel, type Place } from "../expression.js";
import { checkDeadLetters } from "./dead-letters.js";
import { encodingOf } from "./encoding.js";
import { placeWith, type FlowCheck } from "../flow-check.js";
import { META } from "../run-type.js";
import { scopeOf } from "../scope.js";
import { shapeOf } from "../shape-of.js";

export interface TopicInfo {
  /** The subject on the broker: a library's prefix is a name in the file, not of the topic. */
  readonly name: string;
  /** Null: it carries any JSON. */
  readonly message: Expected | null;
  /** What a flow may emit: the same, or less where its schema has defaults. */
  readonly sent: Expected | null;
  readonly plan: TopicPlan;
}

const LATER = new Set(["flowctl.events", "flowctl.lag"]);

/** A topic that a step emits to or a trigger reads; null after a problem. */
export function resolveTopic(cx: FlowCheck, name: Located<string>, space: Declared<"topics">["home"] = cx.document.names): TopicInfo | null {
  if (LATER.has(name.value)) {
    cx.problems.report("FC2090", name.span, `The topic \`${name.value}\` is not supported by this version`);
    return null;
  }
  const declared = resolveName(cx.problems, space, "topics", name);
  if (declared === null) return null;
  const info = topicInfo(cx, declared);
  if (!cx.shared.parts.topic(info.name, info.plan)) {
    cx.problems.report("FC3002", name.span, `Two different declarations are the topic \`${info.name}\``, { related: [{ span: declared.span, message: "this is one of them" }], hint: "a topic is one subject on the broker, whatever file names it: declare it once" });
  }
  return info;
}

export function topicInfo(cx: FlowCheck, declared: Declared<"topics">): TopicInfo {
  const old = cx.known.topics.get(declared);
  if (old !== undefined) return old;
  const { key, dlq, max_bytes: most, claim_check: apart, envelope } = declared.value;
  if (apart?.value === true && most === undefined) cx.problems.report("FC5101", apart.span, `\`claim_check\` of \`${declared.name}\` says nothing without \`max_bytes\``, { hint: "say from which size on bodies are stored apart: `max_bytes: 65536`" });
  const message = topicMessage(cx, declared);
  const { encoding, sent } = encodingOf(cx, declared, message);
  checkDeadLetters(cx, declared);
  // A message that no one declared has the type of the flow's input.
  const own = cx.document.file.flow?.on.some((trigger) => trigger.kind === "topic" && trigger.topic.value === declared.name) === true;
  const msg = message?.type ?? (own ? cx.input?.type : undefined) ?? ANY;
  const checked = key === undefined ? undefined : checkMessageKey(placeWith(cx, scopeOf({ msg, meta: META })), key, "key");
  const info: TopicInfo = {
    name: declared.local,
    message,
    sent,
    plan: {
      ...(sent === null ? {} : { message: cx.shared.parts.schema(`topics.${declared.local}`, sent.schema()) }),
      ...(checked === undefined ? {} : { key: checked.expr }),
      ...(dlq === undefined ? {} : { dlq: dlq.value }),
      ...(most === undefined ? {} : { maxBytes: most.value }),
      ...(apart?.value === true ? { claimCheck: true } : {}),
      ...(encoding === null ? {} : { encoding }),
      ...(envelope === undefined ? {} : { envelope: { mode: envelope.mode, source: envelope.source?.value ?? "/flowctl", type: envelope.type?.value ?? declared.local } }),
    },
  };
  cx.known.topics.set(declared, info);
  return info;
}

export function topicMessage(cx: FlowCheck, declared: Declared<"topics">): Expected | null {
  const { message } = declared.value;
  return message === undefined ? null : { ...shapeOf(cx, message, declared.home), what: `the message of \`${declared.name}\``, declared: message.span };
}

/** Keys of messages are text; numbers and booleans become text. */
export const checkMessageKey = (place: Place, node: Parameters<typeof checkKey>[1], key: string): CheckedCel =>
  checkKey(place, node, key, { kind: "union", of: [STRING, { kind: "number", integer: false }, { kind: "boolean" }] }, "a text or a number");
