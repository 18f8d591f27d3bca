import type { TriggerDecl } from "../ast.js";
import { either, list } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { choice, kind, laterKind } from "../forms/kinds.js";
import { DOTTED, name, STEP_ID } from "../forms/names.js";
import { record } from "../forms/combine.js";
import { DURATION, orForever, plain, whole, word } from "../forms/scalars.js";
import { CEL, DATA } from "../forms/values.js";
import { ORDERING } from "./ordering.js";
import { PATH } from "./path.js";
import { CRON, ZONE } from "./schedule.js";

const TOPIC = name({ ...DOTTED, called: "the name of a topic", several: "a trigger reads one topic; several are a list: `on: [ { topic: a }, { topic: b } ]`" });

const WINDOW = keys("{ by, size, … }", {
  by: may(CEL, "What windows are kept apart by."),
  size: may(DURATION, "The length of a window."),
  every: may(DURATION, "How often a window starts, when they overlap."),
  gap: may(DURATION, "A window ends after this silence."),
  count: may(whole({ min: 1 }), "A window ends after this many messages."),
  max: may(DURATION, "The longest time that a `gap` or `count` window stays open."),
  until: may(CEL, "A window ends when this holds."),
  grace: may(DURATION, "How late a message may come."),
  late: may(plain("`drop` or a topic"), "What happens to later ones."),
  zone: may(plain("a time zone"), "The time zone that `size` is aligned to.", { default: "UTC" }),
  idle: may(DURATION, "Partitions that are silent for so long do not hold windows open.", { default: "1m" }),
});

/** What every trigger on topics can say. */
const STREAM = {
  group: may(plain("a name"), "The consumer group: workers of the same group share the messages.", { default: "the flow's id" }),
  from: may(word("latest", "earliest"), "Where a new group starts.", { default: "latest; `earliest` for `run -i` and the embedded bus" }),
  where: may(CEL, "Messages for which this does not hold are dropped before a run exists. It sees `msg` and `meta`.", { example: "msg.total > 0" }),
  dedupe: may(
    keys("{ key, ttl }", {
      key: must(CEL, "Messages with an equal key are one.", { example: "msg.id" }),
      ttl: must(orForever(DURATION), "How long a key is remembered.", { example: "24h" }),
    }),
    "Drops messages that came before.",
    { example: "{ key: msg.id, ttl: 24h }" },
  ),
  ordering: may(ORDERING, "Runs of one key go one after the other, keys side by side: `key` (the message's key), or `{ by: key, release: parked }`.", { default: "none: messages run side by side", example: "key" }),
  window: later(WINDOW, "Collects messages, and starts one run for each closed window.", "breaks"),
  join: later(
    record("messages by name", STEP_ID, keys("{ topic, by, to, before, after } or { table, by }", {
      topic: may(TOPIC, "The other topic."),
      table: may(plain("a table"), "The table that is looked up."),
      by: may(CEL, "The key on this side."),
      to: may(CEL, "The key on the other side."),
      before: may(DURATION, "How much earlier the other message may be."),
      after: may(DURATION, "How much later the other message may be."),
    })),
    "Joins the message with others, or with a row of a table.",
    "breaks",
  ),
  as: later(plain("a name"), "The name of the message in a window or join.", "breaks"),
  aggregate: later(record("aggregates by name", STEP_ID, CEL), "Sums over a window: `{ total: sum(msg.x), n: count() }`.", "breaks"),
  having: later(CEL, "Windows for which this does not hold start no run."),
  rate: later(
    keys("{ max, window, … }", {
      per: may(CEL, "What the rate is counted by."),
      max: must(whole({ min: 1 }), "How many runs start in a window."),
      window: must(DURATION, "The length of a window."),
      burst: may(whole({ min: 1 }), "How many may start at once."),
      excess: may(word("delay", "drop", "dlq"), "What happens to the others."),
    }),
    "Limits how many runs start.",
  ),
  priority: later(CEL, "Runs with a larger number start first."),
  reply: may(TOPIC, "The topic that the flow's value is sent to, as the answer to the message: `request` tools wait for it.", { example: "quotes.given" }),
};

/** What every trigger can say. */
const COMMON = {
  concurrency: may(whole({ min: 1 }), "How many runs of this trigger go on at once. A parked run does not count.", { default: "64", example: "16" }),
  with: may(DATA, "The flow's input, made from `msg` and `meta`.", { default: '"${msg}"', example: '{ id: "${msg.id}" }' }),
};

type Part = TriggerDecl extends infer T ? (T extends TriggerDecl ? Omit<T, "span" | "with" | "concurrency"> : never) : never;

const TRIGGER: Form<TriggerDecl> = choice<typeof COMMON, Part, TriggerDecl>({
  called: "a trigger",
  common: COMMON,
  kinds: [
    kind(
      "topic",
      { topic: must(TOPIC, "The topic whose messages start runs."), ...STREAM },
      { description: "A message of a topic starts a run. `on: name` is short for `on: { topic: name }`.", example: "{ topic: orders.new, where: msg.total > 0, concurrency: 64 }" },
      ({ group, from, dedupe, ...rest }): Part => ({
        kind: "topic",
        ...rest,
        ...(group === undefined ? {} : { group: group.value }),
        ...(from === undefined ? {} : { from: from.value }),
        ...(dedupe === undefined ? {} : { dedupe: { key: dedupe.key, ttl: dedupe.ttl.value } }),
      }),
    ),
    kind(
      "manual",
      { manual: must(keys("{}", {}), "Always `{}`.") },
      { description: "Runs are started by `flowctl run -i` or by another flow's `call`.", example: "{ manual: {} }" },
      (): Part => ({ kind: "manual" }),
    ),
    laterKind("topics", { topics: must(record("topics by name", STEP_ID, TOPIC), "The topics, each with a name of its own."), ...STREAM }, { description: "Messages of several topics, for windows and joins.", example: "{ topics: { o: orders, p: payments } }", instead: "several topics are a list of triggers, `on: [ { topic: a }, { topic: b } ]`" }),
    kind(
      "schedule",
      {
        schedule: must(CRON, "A cron expression: minute, hour, day of the month, month, weekday, perhaps with seconds before them, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`."),
        zone: may(ZONE, "The time zone that it is read in.", { default: "UTC", example: "Europe/Berlin" }),
      },
      { description: "Starts runs by the clock; `msg` is `{ time }`, the time of the tick. Ticks that nobody was there for are one run, that of the last of them.", example: '{ schedule: "0 6 * * MON-FRI", zone: Europe/Berlin }' },
      ({ schedule, zone }): Part => ({ kind: "schedule", cron: schedule, ...(zone === undefined ? {} : { zone: zone.value }) }),
    ),
    kind(
      "http",
      {
        http: must(
          keys("{ method, path }", {
            method: must(word("GET", "POST", "PUT", "PATCH", "DELETE"), "The method."),
            path: must(PATH, "The path. What stands in braces is a field of the message.", { example: "/orders/{id}" }),
          }),
          "The request that starts a run.",
        ),
        reply: later(TOPIC, "The topic that the flow's value is sent to besides."),
      },
      {
        description: "A request starts a run and gets its value as the answer. `msg` is the JSON body, or with GET and DELETE the query, and what stands in braces in the path; it has the type of the flow's `input`.",
        example: "{ http: { method: POST, path: /orders } }",
      },
      ({ http }): Part => ({ kind: "http", method: http.method.value, path: http.path }),
    ),
  ],
  make: ({ concurrency, with: data }, part, _head, node): TriggerDecl | undefined =>
    part === undefined
      ? undefined
      : { span: node.span, ...part, ...(concurrency === undefined ? {} : { concurrency: concurrency.value }), ...(data === undefined ? {} : { with: data }) },
});

const SHORT: Form<TriggerDecl> = built(TOPIC, (topic): TriggerDecl => ({ kind: "topic", span: topic.span, topic }));
const ONE = either({ scalar: SHORT, map: TRIGGER });

/** One trigger or a list of them. */
export const ON: Form<readonly TriggerDecl[]> = either({
  scalar: built(SHORT, (trigger) => [trigger]),
  map: built(TRIGGER, (trigger) => [trigger]),
  list: list(ONE, 1),
});
