import type { ModelDecl } from "../ast.js";
import type { MapNode } from "../../parse/tree.js";
import type { Form, KeysOutline, Reading } from "../forms/form.js";
import { keys, matchKeys, may, must, readEach, readKeys, type Keys } from "../forms/keys.js";
import { MODEL_REFERENCE, name } from "../forms/names.js";
import { BOOLEAN, CONNECTION, number, plain, whole, word } from "../forms/scalars.js";
import { DATA } from "../forms/values.js";
import { wrongForm } from "../forms/wrong-form.js";
import { ADDRESS } from "./address.js";

const MODEL_KEYS = {
  extends: may(name({ ...MODEL_REFERENCE, called: "the name of a model" }), "Takes all keys of another model but for those written here."),
  provider: may(plain("a provider"), "Who serves the model: `openai` (also every server with its API), `scripted` (answers from a script) or `cassette` (answers that `run --record` wrote).", { example: "openai" }),
  model: may(plain("a model's name"), "The model's name at its provider.", { example: "gpt-4o-mini" }),
  temperature: may(number({ min: 0, max: 2 }), "How freely the model writes.", { default: "the provider's" }),
  max_tokens: may(whole({ min: 1 }), "The longest answer.", { default: "the provider's" }),
  api: may(word("chat", "responses"), "Which of OpenAI's two interfaces is used; most local servers know `chat` only.", { default: "chat" }),
  api_key: may(CONNECTION, "The key, as a secret.", { default: "the provider's usual variable", example: '"${env:OPENAI_API_KEY}"' }),
  base_url: may(ADDRESS, "The address of a server with the same interface.", { example: '"http://localhost:11434/v1"' }),
  price: may(
    keys("{ in, out }", {
      in: must(number({ min: 0 }), "USD per million tokens read."),
      out: must(number({ min: 0 }), "USD per million tokens written."),
    }),
    "What the model costs; needed for `usd` limits where the built-in table does not know it.",
    { example: "{ in: 0.15, out: 0.6 }" },
  ),
};

const SCRIPTED = "scripted";
const CASSETTE = "cassette";
/** They need no name of a model. */
const NAMELESS: readonly string[] = [SCRIPTED, CASSETTE];

/** Keys that only one provider knows; `openai` sends all but the first with every request. A provider that is not listed takes any. */
const OPTIONS: Readonly<Record<string, Keys>> = {
  openai: {
    structured_output: may(word("json_schema", "prompt"), "`prompt` is for servers that do not know `response_format`: the schema stands in the instructions then.", { default: "json_schema" }),
    top_p: may(number({ min: 0, max: 1 }), "Nucleus sampling."),
    top_k: may(whole({ min: 1 }), "Sampling among the first so many words (some local servers)."),
    min_p: may(number({ min: 0, max: 1 }), "Least probability of a word (some local servers)."),
    repetition_penalty: may(number({ above: 0 }), "Lowers the chance of words that came before (some local servers)."),
    frequency_penalty: may(number({ min: -2, max: 2 }), "Lowers the chance of words that came before, by how often."),
    presence_penalty: may(number({ min: -2, max: 2 }), "Lowers the chance of words that came before."),
    seed: may(whole({}), "Asks for answers that repeat."),
    stop: may(DATA, "Texts that end the answer."),
    logit_bias: may(DATA, "Raises or lowers the chance of tokens."),
    reasoning_effort: may(word("none", "minimal", "low", "medium", "high", "xhigh"), "How long a reasoning model thinks."),
    verbosity: may(word("low", "medium", "high"), "How long the answer is."),
    service_tier: may(plain(), "The provider's service tier."),
    parallel_tool_calls: may(BOOLEAN, "Whether the model may ask for several tools at once."),
    chat_template_kwargs: may(DATA, "What the server's chat template takes (some local servers)."),
    user: may(plain(), "A name for the end user, for the provider."),
  },
  [SCRIPTED]: {
    answers: may(DATA, "The answers of each agent, or the path of a YAML or JSON file that holds them, relative to the project file.", { example: "answers.yaml" }),
  },
  [CASSETTE]: {
    file: may(plain("a path"), "The cassette with the recorded calls, relative to the project file.", { example: "calls.yaml" }),
  },
};
const ALL_OPTIONS: Keys = { ...OPTIONS["openai"], ...OPTIONS[SCRIPTED], ...OPTIONS[CASSETTE] };

const OUTLINE: KeysOutline = { is: "keys", called: "a model", keys: { ...MODEL_KEYS, ...ALL_OPTIONS } };
const { extends: _, ...PART_KEYS } = MODEL_KEYS;
const PART: KeysOutline = { ...OUTLINE, keys: { ...PART_KEYS, ...ALL_OPTIONS } };

/** A model. In the project file it may name a part only: the rest comes from the flow, and from no other model. */
export const model = (partial: boolean): Form<ModelDecl> => ({
  outline: partial ? PART : OUTLINE,
  read: (node, at) => {
    const outline = partial ? PART : OUTLINE;
    if (node.kind !== "map") {
      return wrongForm(node, outline, at, "write `{ provider: openai, model: gpt-4o-mini }`; an agent may also name a model in short: `model: openai/gpt-4o-mini`");
    }
    const optionKeys = optionsOf(node);
    const { entries, open, broken } = matchKeys(node, optionKeys === null ? { ...outline, open: true } : outline, at, { ...(partial ? PART_KEYS : MODEL_KEYS), ...optionKeys });
    const values = readKeys(MODEL_KEYS, entries, "a model", { ...at, excused: broken });
    const options = readEach(optionKeys ?? {}, entries, "a model", { ...at, excused: broken });
    if (values === null || broken || options.failed.size > 0) return undefined;
    if (!partial && values.extends === undefined && !complete(values, at)) return undefined;
    const { temperature, max_tokens, api, api_key, base_url, price, ...names } = values;
    const { provider } = values;
    return {
      span: node.span,
      ...(provider !== undefined && NAMELESS.includes(provider.value) ? { model: provider } : {}),
      ...names,
      ...(temperature === undefined ? {} : { temperature: temperature.value }),
      ...(max_tokens === undefined ? {} : { maxTokens: max_tokens.value }),
      ...(api === undefined ? {} : { api: api.value }),
      ...(api_key === undefined ? {} : { apiKey: api_key }),
      ...(base_url === undefined ? {} : { baseUrl: base_url }),
      ...(price === undefined ? {} : { price: { in: price.in.value, out: price.out.value } }),
      options: [...open, ...[...entries].flatMap(([key, entry]) => (Object.hasOwn(MODEL_KEYS, key) ? [] : [entry]))].map(({ key, value }) => ({
        key: { value: key.text, span: key.span },
        value,
      })),
    };
  },
});

/** The keys of its provider; null where any may stand: a provider that we do not know, which FC6 names. */
function optionsOf(node: MapNode): Keys | null {
  const provider = node.entries.find(({ key }) => key.text === "provider")?.value;
  if (provider?.kind !== "scalar") return ALL_OPTIONS;
  return Object.hasOwn(OPTIONS, provider.text) ? (OPTIONS[provider.text] ?? null) : null;
}

function complete(values: { readonly provider?: { readonly value: string }; readonly model?: unknown }, at: Reading): boolean {
  const missing = values.provider === undefined ? "provider" : values.model === undefined && !NAMELESS.includes(values.provider.value) ? "model" : null;
  if (missing !== null) {
    at.report("FC2003", at.anchor, `A model needs the key \`${missing}\``, { hint: missing === "provider" ? "for example `provider: openai`" : "for example `model: gpt-4o-mini`" });
  }
  return missing === null;
}
