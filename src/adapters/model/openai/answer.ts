import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { StepError } from "../../../core/errors.js";
import type { ModelAnswer, ModelRequest } from "../../../core/ports/model.js";
import { estimateTokens } from "../estimate-tokens.js";
import type { SentRequest } from "./request.js";

/** What a message or a whole stream of pieces said. */
interface Heard {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: string }[];
  readonly usage: ReportedUsage | undefined;
  readonly finish: string;
}

/** Servers leave out what they do not count. */
interface ReportedUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
}

export function heardMessage(message: AIMessage): Heard {
  const valid = (message.tool_calls ?? []).map(({ id, name, args }) => ({ id: id ?? "", name, args: JSON.stringify(args) }));
  const invalid = (message.invalid_tool_calls ?? []).map(({ id, name, args }) => ({ id: id ?? "", name: name ?? "", args: args ?? "" }));
  return { text: message.text, calls: [...valid, ...invalid], usage: message.usage_metadata, finish: finishOf(message.response_metadata) ?? "stop" };
}

/**
 * LangChain's own sum of the pieces completes arguments that were cut off, so the pieces are put together here.
 * A stream that ends without a finish reason was cut.
 */
export async function heardStream(pieces: AsyncIterable<AIMessageChunk>, onText: (text: string) => void): Promise<Heard> {
  let text = "";
  let usage: ReportedUsage | undefined;
  let finish: string | null = null;
  const calls = new Map<number, { id: string; name: string; args: string }>();
  for await (const piece of pieces) {
    if (piece.text !== "") {
      text += piece.text;
      onText(piece.text);
    }
    for (const { index = calls.size, id, name, args } of piece.tool_call_chunks ?? []) {
      const call = calls.get(index) ?? { id: "", name: "", args: "" };
      calls.set(index, { id: call.id || (id ?? ""), name: call.name || (name ?? ""), args: call.args + (args ?? "") });
    }
    usage = piece.usage_metadata ?? usage;
    finish = finishOf(piece.response_metadata) ?? finish;
  }
  if (finish === null) throw new StepError("unavailable", "the model's answer ended in the middle");
  return { text, calls: [...calls.values()], usage, finish };
}

/** Chat completions say `finish_reason`; responses say `status`, and when it is incomplete, why. */
function finishOf(metadata: Readonly<Record<string, unknown>>): string | null {
  const { finish_reason: reason, status, incomplete_details: details } = metadata;
  if (typeof reason === "string") return reason;
  if (status === "incomplete" && typeof details === "object" && details !== null && "reason" in details) return String(details.reason);
  return status === "completed" ? "stop" : null;
}

export function modelAnswer(heard: Heard, request: ModelRequest, sent: SentRequest): ModelAnswer {
  const toolCalls = heard.calls.map(({ id, name, args }, index) => sent.call(id || `call_${index}`, name, args));
  const finish = FINISH.get(heard.finish) ?? (toolCalls.length > 0 ? "tools" : "stop");
  return {
    text: finish === "filter" ? heard.text : sent.text(heard.text),
    toolCalls,
    usage: {
      in: counted(heard.usage?.input_tokens) ?? estimateTokens(request),
      out: counted(heard.usage?.output_tokens) ?? estimateTokens([heard.text, heard.calls]),
    },
    finish,
  };
}

/** Null for what is no count. Servers that do not count leave it out, LangChain then says 0; a budget would shrink by less than that. */
const counted = (tokens: number | undefined): number | null => (tokens !== undefined && Number.isSafeInteger(tokens) && tokens > 0 ? tokens : null);

const FINISH: ReadonlyMap<string, ModelAnswer["finish"]> = new Map([
  ["length", "length"],
  ["max_output_tokens", "length"],
  ["content_filter", "filter"],
]);
