import type { AgentDecl, GuardDecl, Located } from "../ast.js";
import { either, list } from "../forms/combine.js";
import { built, type Form } from "../forms/form.js";
import { keys, later, may, must, type Keys } from "../forms/keys.js";
import { choice, kind, laterKind } from "../forms/kinds.js";
import { MODEL_REFERENCE, name, REFERENCE } from "../forms/names.js";
import { BOOLEAN, DURATION, number, plain, whole, word } from "../forms/scalars.js";
import { CEL, PROMPT, TYPE } from "../forms/values.js";
import { wrongForm } from "../forms/wrong-form.js";
import { QUEUE_NAME } from "./queue.js";

const MODEL_NAME = name(MODEL_REFERENCE);
const MODELS: Form<readonly Located<string>[]> = either({ scalar: built(MODEL_NAME, (model) => [model]), list: list(MODEL_NAME, 1) });

const LATER_KINDS = ["deliberative", "hybrid", "supervisor"];
const KIND_OUTLINE = { is: "word", words: ["reactive"] } as const;
/** Other kinds are FC2090 at their word. */
const KIND: Form<Located<"reactive">> = {
  outline: KIND_OUTLINE,
  read: (node, at) => {
    if (node.kind !== "scalar" || node.value === null) return wrongForm(node, KIND_OUTLINE, at);
    if (!LATER_KINDS.includes(node.text)) return word("reactive").read(node, at);
    at.report("FC2090", node.span, `\`kind: ${node.text}\` is not supported by this version`, { hint: "`reactive` is: one model in a bounded tool loop; it is the default" });
    return undefined;
  },
};

const GUARD = choice<Keys, GuardDecl, GuardDecl>({
  called: "a guard",
  common: {},
  kinds: [
    kind(
      "check",
      {
        check: must(CEL, "What must hold: over `input`, and in `output` guards over `output` too.", { example: "size(output.sources) > 0" }),
        on_fail: may(word("repair", "refuse"), "`repair` asks again, as often as `repair:` allows; `refuse` raises `refused`.", { default: "refuse" }),
      },
      { description: "A condition on what goes in or comes out.", example: "{ check: size(output.sources) > 0, on_fail: repair }" },
      ({ check, on_fail }): GuardDecl => ({ check, onFail: on_fail?.value ?? "refuse" }),
    ),
    laterKind("pii", { pii: must(word("redact"), "Takes personal data out.") }, { description: "Takes personal data out.", example: "{ pii: redact }" }),
    laterKind("judge", { judge: must(name(REFERENCE), "The agent that judges."), min: may(number({ min: 0 }), "The least score.") }, { description: "Lets another agent judge the answer.", example: "{ judge: critic, min: 0.7 }" }),
  ],
  make: (_common, part) => part,
});

const AGENT_KEYS = {
  extends: may(name(REFERENCE), "Takes all keys of another agent but for those written here.", { example: "lib.writer" }),
  kind: may(KIND, "How the agent works. `reactive`: one model in a bounded tool loop.", { default: "reactive" }),
  model: may(MODELS, "The model: a name from `models`, or `provider/model`. A list is the order of fallback.", { example: "openai/gpt-4o-mini" }),
  instructions: may(PROMPT, "The system message: text with `${…}`, or `{ file: path }`. The input is the user message.", { example: '"Say which team answers: ${input.subject}"' }),
  input: may(TYPE, "The type of its input.", { default: "the flow's input, in a flow file", example: "Query" }),
  output: may(TYPE, "The type of its answer; without it the answer is text.", { example: "Triage" }),
  tools: may(list(name({ ...REFERENCE, called: "the name of a tool" })), "The tools that its model may call; it sees no others.", { default: "[]", example: "[search]" }),
  repair: may(whole({ min: 0, max: 10 }), "How often an answer or a tool's argument that breaks its schema is asked for again.", { default: "1" }),
  limits: may(
    keys("{ turns, usd, tokens, timeout }", {
      turns: may(whole({ min: 1 }), "The largest number of model calls.", { default: "10" }),
      usd: may(number({ above: 0 }), "The largest cost of one answer."),
      tokens: may(whole({ min: 1 }), "The largest number of tokens of one answer, read and written."),
      timeout: may(DURATION, "The longest time of one answer.", { default: "60s" }),
    }),
    "How far one answer may go.",
    { example: "{ turns: 6, usd: 0.05, timeout: 30s }" },
  ),
  guards: may(
    keys("{ input, output }", {
      input: may(list(GUARD), "Checked before the model is asked."),
      output: may(list(GUARD), "Checked on the answer."),
    }),
    "Conditions on what goes in and comes out.",
    { example: "{ output: [ { check: size(output.sources) > 0, on_fail: repair } ] }" },
  ),
  memory: later(
    keys("{ session, last, summary }", {
      session: must(CEL, "Which conversation this is."),
      last: may(whole({ min: 1 }), "How many messages are kept."),
      summary: may(BOOLEAN, "Whether older ones are summed up."),
    }),
    "What the agent remembers between runs.",
  ),
  skills: later(list(plain("a folder")), "Folders with instructions that the model may read."),
  handoffs: later(list(name(REFERENCE)), "Agents that the model may pass the conversation on to."),
  plan: later(keys("{ steps, replans }", { steps: may(whole({ min: 1 }), "The longest plan."), replans: may(whole({ min: 0 }), "How often it may be changed.") }), "How a deliberative agent plans."),
  fast: later(name(REFERENCE), "The agent of a hybrid that is asked first."),
  deep: later(name(REFERENCE), "The agent of a hybrid that is asked when the fast one will not do."),
  escalate: later(CEL, "When a hybrid's deep agent is asked."),
  members: later(list(name(REFERENCE)), "The agents that a supervisor hands work to."),
  queue: may(QUEUE_NAME, "Any worker of this queue does the steps of this agent that name no other.", { example: "triage" }),
};

const FORM = keys("an agent", AGENT_KEYS);

export const AGENT: Form<AgentDecl> = {
  outline: FORM.outline,
  read: (node, at) => {
    // A kind that is not built is the one thing to say about its agent.
    const kind = node.kind === "map" ? node.entries.find(({ key }) => key.text === "kind")?.value : undefined;
    if (kind?.kind === "scalar" && LATER_KINDS.includes(kind.text)) {
      KIND.read(kind, at);
      return undefined;
    }
    const values = FORM.read(node, at);
    if (values === undefined) return undefined;
    if (values.model === undefined && values.extends === undefined) {
      at.report("FC2003", at.anchor, "An agent needs the key `model`", { hint: "for example `model: openai/gpt-4o-mini`, or `extends:` another agent" });
      return undefined;
    }
    const { repair, limits, guards, ...rest } = values;
    return {
      span: node.span,
      ...rest,
      ...(repair === undefined ? {} : { repair: repair.value }),
      ...(limits === undefined ? {} : { limits: limitValues(limits) }),
      ...(guards === undefined ? {} : { guards: { input: guards.input ?? [], output: guards.output ?? [] } }),
    };
  },
};

type Limits = NonNullable<AgentDecl["limits"]>;
const limitValues = (limits: { readonly [K in keyof Limits]: Located<number> }): Limits => ({
  ...(limits.turns === undefined ? {} : { turns: limits.turns.value }),
  ...(limits.usd === undefined ? {} : { usd: limits.usd.value }),
  ...(limits.tokens === undefined ? {} : { tokens: limits.tokens.value }),
  ...(limits.timeout === undefined ? {} : { timeout: limits.timeout.value }),
});
