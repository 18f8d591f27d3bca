import type { OpenAIClient } from "@langchain/openai";
import { noAnswer } from "./said-error.js";

type Completion = OpenAIClient.Chat.Completions.ChatCompletion;
type Chunk = OpenAIClient.Chat.Completions.ChatCompletionChunk;
type Message = Completion["choices"][number]["message"];

/**
 * An answer with its first choice, in the form of the protocol: servers leave out lists and roles, and give text in parts.
 * A refusal, which LangChain drops, is text with the finish reason `content_filter`.
 */
export function readCompletion(completion: Completion | null | undefined): Completion {
  const choice = firstOf(completion?.choices);
  const message: Message | null | undefined = choice?.message;
  if (!completion || choice === null || !message) throw noAnswer(completion, "the answer has no `choices`");
  const { refusal, content, tool_calls: calls } = message;
  const read = { ...message, content: refusal || textOf(content), tool_calls: (calls ?? []).filter(isFunction).map((call) => ({ ...call, function: argumentsAsText(call.function) })) };
  return { ...completion, choices: [{ ...choice, message: read, finish_reason: refusal ? "content_filter" : choice.finish_reason }] };
}

export async function* readChunks(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  let refused = false;
  for await (const chunk of chunks) {
    const choice = firstOf(chunk.choices);
    if (choice === null) {
      // A piece without a choice carries the usage alone.
      yield { ...chunk, choices: [] };
      continue;
    }
    const delta: Chunk["choices"][number]["delta"] | null | undefined = choice.delta;
    const { refusal, content, tool_calls: calls } = delta ?? {};
    refused ||= Boolean(refusal);
    const toolCalls = (calls ?? []).map((call) => (call.function === undefined ? call : { ...call, function: argumentsAsText(call.function) }));
    const read = { ...delta, role: "assistant" as const, content: refusal || textOf(content), tool_calls: toolCalls };
    yield { ...chunk, choices: [{ ...choice, delta: read, finish_reason: refused && choice.finish_reason ? "content_filter" : choice.finish_reason }] };
  }
}

/** Whether this piece says why the answer ends. The usage may come behind it. */
export const hasReason = ({ choices }: Chunk): boolean => Boolean(firstOf(choices)?.finish_reason);

/** From a server that does not stream: the whole as one piece. */
export async function* wholeAsChunk(completion: Completion): AsyncGenerator<Chunk> {
  const { choices, id, created, model, usage } = readCompletion(completion);
  yield {
    id,
    created,
    model,
    object: "chat.completion.chunk",
    ...(usage === undefined ? {} : { usage }),
    choices: choices.map(({ index, message: { content, tool_calls: calls = [] }, finish_reason: finish }) => ({
      index,
      delta: { role: "assistant", content, tool_calls: calls.filter(isFunction).map((call, at) => ({ ...call, index: at })) },
      // A whole answer has ended, whether it says why or not.
      finish_reason: finish ?? "stop",
    })),
  };
}

type Call = NonNullable<Message["tool_calls"]>[number];
const isFunction = (call: Call): call is Exclude<Call, { readonly type: "custom" }> => "function" in call;

/** Others are there only where the model's options ask for several. */
const firstOf = <T extends { readonly index?: number }>(choices: readonly T[] | null | undefined): T | null => choices?.find(({ index }) => (index ?? 0) === 0) ?? null;

/** Text, or a list of parts of which some are text and others what the model thought. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part: unknown) => (typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? part.text : "")).join("") : "";
}

function argumentsAsText<T extends { readonly arguments?: unknown }>(call: T): T {
  const { arguments: args } = call;
  return typeof args === "object" && args !== null ? { ...call, arguments: JSON.stringify(args) } : call;
}
