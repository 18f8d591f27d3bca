import { AIMessageChunk, type AIMessage } from "@langchain/core/messages";
import type { ChatGenerationChunk } from "@langchain/core/outputs";
import { StepError } from "../../../core/errors.js";
import type { ModelAnswer, ModelRequest } from "../../../core/ports/model.js";
import { estimateTokens } from "../estimate-tokens.js";
import { tooLong } from "./patient-fetch.js";
import type { SentRequest } from "./request.js";

/** I39: as much as a step may give. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

interface Call {
  id: string;
  name: string;
  args: string;
}

/** What a message or a whole stream of pieces said. */
interface Heard {
  readonly text: string;
  readonly calls: readonly Call[];
  readonly usage: ReportedUsage | undefined;
  readonly finish: string;
}

/** Servers leave out what they do not count. */
interface ReportedUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
}

export function heardMessage(message: AIMessage): Heard {
  const valid = (message.tool_calls ?? []).map(({ id, name, args }) => ({ id: textOf(id), name: textOf(name), args: JSON.stringify(args) }));
  const invalid = (message.invalid_tool_calls ?? []).map(({ id, name, args }) => ({ id: textOf(id), name: textOf(name), args: textOf(args) }));
  return { text: message.text, calls: [...valid, ...invalid], usage: message.usage_metadata, finish: finishOf(message.response_metadata) ?? "stop" };
}

/**
 * LangChain's own sum of the pieces completes arguments that were cut off, so the pieces are put together here.
 * A stream that ends without a finish reason was cut.
 */
export async function heardStream(pieces: AsyncIterable<ChatGenerationChunk>, onText: (text: string) => void): Promise<Heard> {
  let text = "";
  let usage: ReportedUsage | undefined;
  let finish: string | null = null;
  let length = 0;
  const calls = callPieces();
  for await (const { message, generationInfo } of pieces) {
    if (message.text !== "") {
      text += message.text;
      length += message.text.length;
      onText(message.text);
    }
    finish = finishOf({ ...generationInfo, ...message.response_metadata }) ?? finish;
    if (!AIMessageChunk.isInstance(message)) continue;
    for (const piece of message.tool_call_chunks ?? []) {
      calls.add(piece);
      length += (piece.args?.length ?? 0) + 1;
    }
    usage = message.usage_metadata ?? usage;
    if (length > MOST_CHARACTERS) throw tooLong();
  }
  if (finish === null) throw new StepError("unavailable", "the model's answer ended in the middle", { outcome: "unknown" });
  return { text, calls: calls.all, usage, finish };
}

/** Tool calls from their pieces. Some servers number no call, or all of them 0: another id, and without a number also a name, begins another one. */
function callPieces() {
  const all: Call[] = [];
  const byIndex = new Map<number, Call>();
  return {
    all,
    add({ index, id, name, args }: NonNullable<AIMessageChunk["tool_call_chunks"]>[number]): void {
      const [said, called] = [textOf(id), textOf(name)];
      const numbered = typeof index === "number";
      const known = numbered ? byIndex.get(index) : called === "" ? all.at(-1) : undefined;
      const isOther = known === undefined || (known.id !== "" && said !== "" && said !== known.id);
      const call = isOther ? { id: "", name: "", args: "" } : known;
      if (isOther) all.push(call);
      if (numbered) byIndex.set(index, call);
      call.id ||= said;
      call.name ||= called;
      call.args += textOf(args);
    },
  };
}

/** Servers leave out what they have none of, and number their calls. */
const textOf = (value: string | number | null | undefined): string => String(value ?? "");

/** Chat completions say `finish_reason`; responses say `status`, and when it is incomplete, why. */
function finishOf(metadata: Readonly<Record<string, unknown>>): string | null {
  const { finish_reason: reason, status, incomplete_details: details } = metadata;
  if (typeof reason === "string") return reason;
  if (status === "incomplete" && typeof details === "object" && details !== null && "reason" in details) return String(details.reason);
  return status === "completed" ? "stop" : null;
}

export function modelAnswer(heard: Heard, request: ModelRequest, sent: SentRequest): ModelAnswer {
  if (heard.calls.reduce((sum, { args }) => sum + args.length, heard.text.length) > MOST_CHARACTERS) throw tooLong();
  const finish = FINISH.get(heard.finish) ?? (heard.calls.length > 0 ? "tools" : "stop");
  const toolCalls = heard.calls.map(({ id, name, args }, index) => {
    const read = sent.call(id || `call_${index}`, name, args);
    // Cut off before its arguments: it does not ask for a call without any.
    return finish === "length" && args.trim() === "" ? { ...read, args: null, raw: args } : read;
  });
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
