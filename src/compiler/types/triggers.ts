import type { TriggerPlan } from "../../core/plan/flow-plan.js";
import { NULL, type Type } from "../../core/type.js";
import { assignable } from "../../core/typing/assign.js";
import { find } from "../names/namespace.js";
import type { FlowHead, TriggerDecl } from "../shape/ast.js";
import { impliedData, typeData } from "./data.js";
import { checkMessageKey, resolveTopic, topicMessage } from "./declared/topics.js";
import { UNKNOWN, type Expected } from "./expected.js";
import { checkCondition } from "./expression.js";
import { fit } from "./fit.js";
import { placeWith, type FlowCheck } from "./flow-check.js";
import type { Yield } from "./outcome.js";
import { META } from "./run-type.js";
import { scopeOf } from "./scope.js";
import { textsOf } from "./request-texts.js";
import { TICK, TICK_MESSAGE } from "./tick.js";
import { shapeOf } from "./shape-of.js";

const NO_FACTS: ReadonlySet<string> = new Set();

/** How many runs at once when a trigger does not say. */
const CONCURRENCY = 64;

/**
 * The type of a flow's input: `input:`, else the message of its one trigger. Null after a problem.
 */
export function inputOf(cx: FlowCheck, head: FlowHead): Expected | null {
  const what = `the input of the flow \`${head.id.value}\``;
  const { broken } = cx.document.file;
  if (head.input !== undefined) return { ...shapeOf(cx, head.input, cx.document.names), what, declared: head.input.span };
  if (broken.has("flow.input") || broken.has("flow.on")) return null;
  const [only, second] = head.on;
  if (second !== undefined) {
    cx.problems.report("FC4006", second.span, "A flow with several triggers needs `input:`: it is not known which message it takes", { hint: "add `input:` with a type that all triggers fit" });
    return null;
  }
  if (only?.kind === "schedule") return { ...TICK, what };
  if (only?.kind !== "topic") {
    const how = only?.kind === "http" ? "takes what requests bring" : "is started by hand or by a `call`";
    cx.problems.report("FC4006", only?.span ?? head.id.span, `The flow \`${head.id.value}\` ${how}, so it needs \`input:\``, { hint: "add `input:` with the type of what it takes" });
    return null;
  }
  const topic = find(cx.document.names, "topics", only.topic.value);
  if (topic === null || topic === "unknown") return null; // said where the trigger is checked
  const message = topicMessage(cx, topic);
  if (message === null) {
    cx.problems.report("FC4006", only.topic.span, `It is not known what the flow takes: the topic \`${topic.name}\` has no \`message\` type, and the flow has no \`input:\``, {
      hint: "give the topic a `message:`, or the flow an `input:`",
      related: [{ span: topic.span, message: `\`${topic.name}\` is declared here` }],
    });
    return null;
  }
  return { ...message, what };
}

export interface CheckedTriggers {
  readonly plans: readonly TriggerPlan[];
  /** What `where` told about the input, on every way in. */
  readonly facts: ReadonlySet<string>;
}

export function checkTriggers(cx: FlowCheck, head: FlowHead): CheckedTriggers {
  const input = cx.input ?? { ...UNKNOWN, what: "the input" };
  const schema = cx.shared.parts.schema("input", input.schema());
  if (head.on.length === 0) return { plans: [manual({ kind: "manual", span: head.id.span }, schema, cx, input)], facts: new Set() };
  const checked = head.on.map((trigger) => {
    if (trigger.kind === "manual") return { plan: manual(trigger, schema, cx, input), facts: NO_FACTS };
    if (trigger.kind === "schedule") return { plan: schedule(trigger, cx, input), facts: NO_FACTS };
    if (trigger.kind === "http") return { plan: http(trigger, schema, cx, input), facts: NO_FACTS };
    return topicTrigger(cx, trigger, input, schema, head);
  });
  const [first, ...others] = checked.map(({ facts }) => facts);
  return {
    plans: checked.flatMap(({ plan }) => (plan === null ? [] : [plan])),
    facts: others.reduce((all, facts) => all.intersection(facts), first ?? new Set<string>()),
  };
}

function manual(trigger: TriggerDecl & { readonly kind: "manual" }, message: string, cx: FlowCheck, input: Expected): TriggerPlan {
  return { kind: "manual", message, with: withOf(cx, trigger, input.type, input).data, concurrency: trigger.concurrency ?? CONCURRENCY };
}

function schedule(trigger: TriggerDecl & { readonly kind: "schedule" }, cx: FlowCheck, input: Expected): TriggerPlan {
  return { kind: "schedule", cron: trigger.cron.value, zone: trigger.zone ?? "UTC", with: withOf(cx, trigger, TICK_MESSAGE, input).data, concurrency: trigger.concurrency ?? CONCURRENCY };
}

function http(trigger: TriggerDecl & { readonly kind: "http" }, message: string, cx: FlowCheck, input: Expected): TriggerPlan {
  const { method, path } = trigger;
  const texts = textsOf(cx.problems, method, path, input);
  return { kind: "http", method, path: path.value, texts, message, with: withOf(cx, trigger, input.type, input).data, concurrency: trigger.concurrency ?? CONCURRENCY };
}

function topicTrigger(cx: FlowCheck, trigger: TriggerDecl & { readonly kind: "topic" }, input: Expected, schema: string, head: FlowHead): { readonly plan: TriggerPlan | null; readonly facts: ReadonlySet<string> } {
  const topic = resolveTopic(cx, trigger.topic);
  const msg = topic === null ? UNKNOWN.type : (topic.message?.type ?? input.type);
  const place = placeWith(cx, scopeOf({ msg, meta: META }));
  const where = trigger.where === undefined ? null : checkCondition(place, trigger.where, "where");
  const known = { ...place, scope: { ...place.scope, present: where?.whenTrue ?? new Set<string>() } };
  const { dedupe, ordering } = trigger;
  const dedupeKey = dedupe === undefined ? null : checkMessageKey(known, dedupe.key, "key");
  const by = ordering === undefined || ordering.by === "key" ? null : checkMessageKey(known, ordering.by, "by");
  const { data, whole } = withOf(cx, trigger, msg, input, where?.whenTrue);
  const reply = trigger.reply === undefined ? null : resolveTopic(cx, trigger.reply);
  return {
    plan:
      topic === null
        ? null
        : {
            kind: "topic",
            topic: topic.name,
            group: trigger.group ?? head.id.value,
            ...(trigger.from === undefined ? {} : { from: trigger.from }),
            message: topic.message === null ? schema : cx.shared.parts.schema(`topics.${topic.name}`, topic.message.schema()),
            ...(where === null ? {} : { where: where.expr }),
            ...(dedupe === undefined || dedupeKey === null ? {} : { dedupe: { key: dedupeKey.expr, ttl: dedupe.ttl } }),
            ...(ordering === undefined ? {} : { ordering: { by: by?.expr ?? "key", ...(ordering.release === undefined ? {} : { release: ordering.release }) } }),
            concurrency: trigger.concurrency ?? CONCURRENCY,
            with: data,
            ...(reply === null ? {} : { reply: reply.name }),
          },
    facts: whole && where !== null ? aboutInput(where.whenTrue) : new Set(),
  };
}

/** What the flow yields is a message of the topics that its triggers answer on; where it yields nothing, null is the answer. */
export function checkReplies(cx: FlowCheck, head: FlowHead, { type, nothing }: Yield): void {
  for (const trigger of head.on) {
    if (trigger.kind !== "topic" || trigger.reply === undefined) continue;
    const topic = find(cx.document.names, "topics", trigger.reply.value);
    const message = topic === null || topic === "unknown" ? null : topicMessage(cx, topic);
    if (message === null) continue;
    const silent = nothing === null || assignable(NULL, message.type) === null ? null : `it gives nothing${type.kind === "never" ? "" : " at times"} (${nothing}), and the answer is null then`;
    const why = type.kind === "never" ? silent : (assignable(type, message.type)?.message ?? silent);
    if (why !== null) cx.problems.report("FC4020", trigger.reply.span, `What the flow yields is no message of \`${trigger.reply.value}\`: ${why}`, { hint: "give both one type: the flow's `output`, and the topic's `message`" });
  }
}

/** `with` (default `${msg}`) must fit the flow's input. `whole`: the input is the message itself. */
function withOf(cx: FlowCheck, trigger: TriggerDecl, msg: Type, input: Expected, present: ReadonlySet<string> = new Set()): { readonly data: ReturnType<typeof typeData>["data"]; readonly whole: boolean } {
  const scope = { ...scopeOf({ msg, meta: META }), present };
  const span = trigger.kind === "topic" ? trigger.topic.span : trigger.kind === "schedule" ? trigger.cron.span : trigger.kind === "http" ? trigger.path.span : trigger.span;
  const data = trigger.with === undefined ? impliedData(span, ["msg"], msg) : typeData(placeWith(cx, scope), trigger.with);
  fit(cx.problems, data, input);
  const { data: made } = data;
  const whole = made.data === "hole" && made.expr.ast.op === "var" && made.expr.ast.name === "msg";
  return { data: made, whole };
}

/** Facts about `msg` are facts about `input`. */
const aboutInput = (facts: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...facts].flatMap((fact) => (fact === "*" ? [fact] : fact === "msg" || /^msg[.!]/.test(fact) ? [`input${fact.slice(3)}`] : [])));
