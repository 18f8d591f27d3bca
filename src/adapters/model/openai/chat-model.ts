import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { ChatOpenAICompletions, ChatOpenAIResponses, type ChatOpenAIFields, type OpenAIClient } from "@langchain/openai";

type Chunks = AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk>;
type ResponseEvents = AsyncIterable<OpenAIClient.Responses.ResponseStreamEvent>;

/**
 * ChatOpenAI's two halves without what the OpenAI client does to a structured answer: it throws away an answer that
 * is no JSON, was cut at `max_tokens` or was filtered. Here all of that is an answer, which the runtime checks and
 * repairs. A refusal, which LangChain drops, is text with the finish reason `content_filter`. Errors come unwrapped.
 */
export class PlainCompletions extends ChatOpenAICompletions {
  override completionWithRetry(request: OpenAIClient.Chat.ChatCompletionCreateParamsStreaming, options?: OpenAIClient.RequestOptions): Promise<Chunks>;
  override completionWithRetry(request: OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming, options?: OpenAIClient.RequestOptions): Promise<OpenAIClient.Chat.Completions.ChatCompletion>;
  override async completionWithRetry(
    request: OpenAIClient.Chat.ChatCompletionCreateParamsStreaming | OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming,
    options?: OpenAIClient.RequestOptions,
  ): Promise<Chunks | OpenAIClient.Chat.Completions.ChatCompletion> {
    const signal = { signal: options?.signal ?? null };
    this._getClientOptions(signal);
    if (request.stream) return withRefusals(await this.client.chat.completions.create(request, signal));
    const completion = await this.client.chat.completions.create(request, signal);
    for (const choice of completion.choices) {
      if (choice.message.refusal) {
        choice.message.content = choice.message.refusal;
        choice.finish_reason = "content_filter";
      }
    }
    return completion;
  }

  /** All tool calls as the text that the model wrote, in its order: LangChain would sort out and warn about what is no JSON. */
  protected override _convertCompletionsMessageToBaseMessage({ content, tool_calls: calls = [] }: OpenAIClient.ChatCompletionMessage): BaseMessage {
    const written = calls.flatMap((call) => (call.type === "custom" ? [] : [{ id: call.id, name: call.function.name, args: call.function.arguments, type: "invalid_tool_call" as const }]));
    return new AIMessage({ content: content ?? "", invalid_tool_calls: written });
  }
}

async function* withRefusals(chunks: Chunks): Chunks {
  let refused = false;
  for await (const chunk of chunks) {
    for (const choice of chunk.choices) {
      if (choice.delta?.refusal) {
        refused = true;
        choice.delta.content = choice.delta.refusal;
      }
      if (refused && choice.finish_reason) choice.finish_reason = "content_filter";
    }
    yield chunk;
  }
}

export class PlainResponses extends ChatOpenAIResponses {
  override completionWithRetry(request: OpenAIClient.Responses.ResponseCreateParamsStreaming, options?: OpenAIClient.RequestOptions): Promise<ResponseEvents>;
  override completionWithRetry(request: OpenAIClient.Responses.ResponseCreateParamsNonStreaming, options?: OpenAIClient.RequestOptions): Promise<OpenAIClient.Responses.Response>;
  override async completionWithRetry(
    request: OpenAIClient.Responses.ResponseCreateParamsStreaming | OpenAIClient.Responses.ResponseCreateParamsNonStreaming,
    options?: OpenAIClient.RequestOptions,
  ): Promise<ResponseEvents | OpenAIClient.Responses.Response> {
    const signal = { signal: options?.signal ?? null };
    this._getClientOptions(signal);
    return request.stream ? this.client.responses.create(request, signal) : this.client.responses.create(request, signal);
  }
}

export const openChatModel = (api: "chat" | "responses", fields: ChatOpenAIFields): PlainCompletions | PlainResponses =>
  api === "responses" ? new PlainResponses(fields) : new PlainCompletions(fields);
