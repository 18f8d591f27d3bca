import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { ChatOpenAICompletions, ChatOpenAIResponses, type ChatOpenAIFields, type OpenAIClient } from "@langchain/openai";
import { hasReason, readChunks, readCompletion, wholeAsChunk } from "./choice.js";
import { isLast, readEvents, readResponse, wholeAsEvents } from "./response.js";
import { untilEnded } from "./until-ended.js";

type Chunks = AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk>;
type ResponseEvents = AsyncIterable<OpenAIClient.Responses.ResponseStreamEvent>;

/**
 * ChatOpenAI's two halves without what the OpenAI client does to a structured answer: it throws away an answer that
 * is no JSON, was cut at `max_tokens` or was filtered. Here all of that is an answer, which the runtime checks and
 * repairs. Errors come unwrapped.
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
    if (!request.stream) return readCompletion(await this.client.chat.completions.create(request, signal));
    const { data, response } = await this.client.chat.completions.create(request, signal).withResponse();
    if (!isJson(response)) return readChunks(untilEnded(data, hasReason));
    const whole: OpenAIClient.Chat.Completions.ChatCompletion = JSON.parse(await response.text());
    return wholeAsChunk(whole);
  }

  /** All tool calls as the text that the model wrote, in its order: LangChain would sort out and warn about what is no JSON. */
  protected override _convertCompletionsMessageToBaseMessage({ content, tool_calls: calls = [] }: OpenAIClient.ChatCompletionMessage): BaseMessage {
    const written = calls.flatMap((call) => (call.type === "custom" ? [] : [{ id: call.id, name: call.function.name, args: call.function.arguments, type: "invalid_tool_call" as const }]));
    return new AIMessage({ content: content ?? "", invalid_tool_calls: written });
  }
}

const isJson = ({ headers }: Response): boolean => /^application\/json\b/i.test(headers.get("content-type") ?? "");

export class PlainResponses extends ChatOpenAIResponses {
  override completionWithRetry(request: OpenAIClient.Responses.ResponseCreateParamsStreaming, options?: OpenAIClient.RequestOptions): Promise<ResponseEvents>;
  override completionWithRetry(request: OpenAIClient.Responses.ResponseCreateParamsNonStreaming, options?: OpenAIClient.RequestOptions): Promise<OpenAIClient.Responses.Response>;
  override async completionWithRetry(
    request: OpenAIClient.Responses.ResponseCreateParamsStreaming | OpenAIClient.Responses.ResponseCreateParamsNonStreaming,
    options?: OpenAIClient.RequestOptions,
  ): Promise<ResponseEvents | OpenAIClient.Responses.Response> {
    const signal = { signal: options?.signal ?? null };
    this._getClientOptions(signal);
    if (!request.stream) return readResponse(await this.client.responses.create(request, signal));
    const { data, response } = await this.client.responses.create(request, signal).withResponse();
    if (!isJson(response)) return readEvents(untilEnded(data, isLast));
    const whole: OpenAIClient.Responses.Response = JSON.parse(await response.text());
    return wholeAsEvents(whole);
  }
}

export const openChatModel = (api: "chat" | "responses", fields: ChatOpenAIFields): PlainCompletions | PlainResponses =>
  api === "responses" ? new PlainResponses(fields) : new PlainCompletions(fields);
