import type { OpenAIClient } from "@langchain/openai";
import { noAnswer, saidError } from "./said-error.js";

type Answer = OpenAIClient.Responses.Response;
type StreamEvent = OpenAIClient.Responses.ResponseStreamEvent;
type Events = AsyncIterable<StreamEvent>;
type Item = Answer["output"][number];
type Part = Extract<Item, { readonly type: "message" }>["content"][number];

/** A response as LangChain reads it: a refusal, which it drops, is text with the finish reason `content_filter`. Throws where it is none, has failed, or is not there yet. */
export function readResponse(response: Answer | null | undefined): Answer {
  const output: readonly Item[] | null | undefined = response?.output;
  if (!response || !Array.isArray(output)) throw noAnswer(response, "the answer has no `output`");
  const { status } = response;
  if (status === "failed" || status === "cancelled") throw saidError(response, `the response was ${status}`);
  if (status === "queued" || status === "in_progress") throw saidError(response, `the response is still ${status}, and is not asked for again: the server has to answer with it`);
  const reason = response.incomplete_details?.reason;
  if (status === "incomplete" && !isPart(reason)) throw saidError(response, `the response is incomplete: ${reason ?? "it does not say why"}`);
  const read = { ...response, status: status ?? ("completed" as const), output: output.map(readItem) };
  return output.some((item) => partsOf(item).some(isRefusal)) ? refused(read) : read;
}

/** Why an answer may be shorter than the model meant it: the flow is told that. */
const isPart = (reason: string | undefined): boolean => reason === "max_output_tokens" || reason === "content_filter";

export async function* readEvents(events: Events): Events {
  let isRefused = false;
  let isHeard = false;
  for await (const event of events) {
    isHeard ||= isPiece(event);
    if (event.type === "response.failed") throw saidError(event.response, "the response has failed");
    // Named so in the data alone; where the event is, the client throws it.
    if (event.type === "error") throw saidError({ error: event }, "the response has failed");
    if (event.type === "response.refusal.done") {
      isRefused = true;
      yield { ...event, type: "response.output_text.delta", delta: event.refusal, logprobs: [] };
    } else if (event.type === "response.completed" || event.type === "response.incomplete") {
      const response = readResponse(event.response);
      // Servers that only seem to stream say all of it here.
      if (!isHeard) yield* wholePieces(response);
      yield { ...event, response: isRefused ? refused(response) : response };
    } else yield event;
  }
}

export const isLast = ({ type }: StreamEvent): boolean => type === "response.completed" || type === "response.incomplete";

/** From a server that does not stream: its texts and calls as one piece each. */
export async function* wholeAsEvents(answer: Answer): Events {
  const response = readResponse(answer);
  yield* wholePieces(response);
  yield { type: "response.completed", response, sequence_number: 0 };
}

function* wholePieces({ output }: Answer): Generator<StreamEvent> {
  for (const [index, item] of output.entries()) {
    const at = { output_index: index, sequence_number: 0 };
    if (item.type === "function_call") yield { ...at, type: "response.output_item.added", item };
    for (const part of partsOf(item)) if (part.type === "output_text") yield { ...at, type: "response.output_text.delta", content_index: 0, item_id: "", delta: part.text, logprobs: [] };
  }
}

/** Of a text or of the arguments of a call. */
function isPiece(event: StreamEvent): boolean {
  if (event.type === "response.output_item.added") return event.item.type === "function_call" && event.item.arguments !== "";
  return event.type === "response.output_text.delta" || event.type === "response.function_call_arguments.delta" || event.type === "response.refusal.done";
}

const refused = (response: Answer): Answer => ({ ...response, status: "incomplete", incomplete_details: { reason: "content_filter" } });

const isRefusal = ({ type }: Part): boolean => type === "refusal";

function partsOf(item: Item): readonly Part[] {
  if (item.type !== "message") return [];
  const parts: readonly Part[] | null | undefined = item.content;
  return parts ?? [];
}

/** Servers leave out lists that are empty. */
function readItem(item: Item): Item {
  if (item.type !== "message") return item;
  return { ...item, content: partsOf(item).map((part) => (part.type === "refusal" ? { type: "output_text", text: part.refusal, annotations: [] } : { ...part, annotations: part.annotations ?? [] })) };
}
