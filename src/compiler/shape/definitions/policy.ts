import type { BudgetDecl, PolicyDecl } from "../ast.js";
import { list } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must } from "../forms/keys.js";
import { CODE, name, REFERENCE } from "../forms/names.js";
import { DURATION, number, orForever, whole, word } from "../forms/scalars.js";
import { CEL } from "../forms/values.js";

const RETRY = built(
  keys("{ max, backoff, … }", {
    max: may(orForever(whole({ min: 1 })), "How many attempts, the first included. `forever` only behind a saga's pivot.", { default: "3", example: "4" }),
    backoff: may(word("constant", "linear", "exponential"), "How the delay grows.", { default: "exponential" }),
    initial: may(DURATION, "The first delay.", { default: "200ms" }),
    cap: may(DURATION, "The longest delay.", { default: "30s" }),
    jitter: may(word("none", "full"), "`full` draws each delay between zero and its length, so that many runs do not retry at once.", { default: "full" }),
    on: may(list(name(CODE), 1), "The codes that are tried again.", { default: "[timeout, unavailable, rate_limit]; [rate_limit] for a write that is not idempotent", example: "[timeout, rate_limit]" }),
  }),
  ({ max, backoff, initial, cap, jitter, on }, node) => ({
    span: node.span,
    ...(max === undefined ? {} : { max }),
    ...(backoff === undefined ? {} : { backoff: backoff.value }),
    ...(initial === undefined ? {} : { initial: initial.value }),
    ...(cap === undefined ? {} : { cap: cap.value }),
    ...(jitter === undefined ? {} : { jitter: jitter.value }),
    ...(on === undefined ? {} : { on }),
  }),
);

export const POLICY: Form<PolicyDecl> = built(
  keys("a policy", {
    extends: may(name(REFERENCE), "Takes all keys of another policy but for those written here."),
    timeout: may(DURATION, "The longest time of one attempt.", { example: "10s" }),
    idle: later(DURATION, "The longest silence of a stream."),
    retry: may(RETRY, "Whether and how a failed attempt is repeated.", { default: "{ max: 3 } for model calls; tools are not retried", example: "{ max: 4, backoff: exponential, initial: 200ms }" }),
    breaker: may(
      keys("{ failures, reset }", {
        failures: must(whole({ min: 1 }), "After this many failures in a row nothing is called.", { example: "5" }),
        reset: must(DURATION, "After this time one call tries again.", { example: "30s" }),
      }),
      "Stops calling what is down. It counts in each process.",
      { example: "{ failures: 5, reset: 30s }" },
    ),
    concurrency: may(whole({ min: 1 }), "How many calls go on at once in each process.", { example: "8" }),
    rate: may(
      keys("{ max, window, per }", {
        max: must(whole({ min: 1, max: 100_000 }), "How many calls begin in any time of this length.", { example: "60" }),
        window: must(DURATION, "The length of that time.", { example: "1m" }),
        per: may(CEL, "A text or a number of the flow's `input`: each has a rate of its own.", { example: "input.customer" }),
      }),
      "How many calls begin in a time, over all runs of the flow. Others wait, first come first served; that counts into the step's `timeout`, and a long wait parks the run.",
      { example: "{ max: 60, window: 1m }" },
    ),
  }),
  ({ breaker, concurrency, rate, ...rest }, node) => ({
    span: node.span,
    ...rest,
    ...(breaker === undefined ? {} : { breaker: { failures: breaker.failures.value, reset: breaker.reset.value } }),
    ...(concurrency === undefined ? {} : { concurrency: concurrency.value }),
    ...(rate === undefined ? {} : { rate: { max: rate.max.value, window: rate.window.value, ...(rate.per === undefined ? {} : { per: rate.per }) } }),
  }),
);

export const BUDGET: Form<BudgetDecl> = built(
  keys("{ usd, tokens, mode, per, key }", {
    usd: may(number({ above: 0 }), "The largest cost: of a run, or with `per` or `key` of all runs together. Models need a price then."),
    tokens: may(whole({ min: 1 }), "The largest number of tokens, read and written."),
    mode: may(word("enforce", "audit"), "`enforce` begins no call whose worst case would pass the budget, and raises `budget`; `audit` only counts.", { default: "enforce" }),
    per: may(word("day"), "A cap over all runs of a day in UTC; a call counts on the day on which it begins.", { example: "day" }),
    key: may(CEL, "A cap over all runs that give the same text or number here, for each of them; with `per: day` each day.", { example: "input.customer" }),
  }),
  ({ usd, tokens, mode, per, key }, node) => ({
    span: node.span,
    ...(usd === undefined ? {} : { usd: usd.value }),
    ...(tokens === undefined ? {} : { tokens: tokens.value }),
    mode: mode?.value ?? "enforce",
    ...(per === undefined ? {} : { per: per.value }),
    ...(key === undefined ? {} : { key }),
  }),
);
