import { InfraError, StepError } from "../../../core/errors.js";
import type { Connection } from "../../../core/expression.js";
import type { ModelPlan } from "../../../core/plan/flow-plan.js";
import type { Model, ModelProvider } from "../../../core/ports/model.js";
import { credentialsIn } from "../../secret/credentials.js";
import { redactor } from "../../secret/redact.js";

interface OpenAIOptions {
  /** Resolves a connection field, its secrets too. */
  readonly text: (connection: Connection) => Promise<string>;
  /** For `OPENAI_API_KEY` and `OPENAI_BASE_URL`, where the flow does not say. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Any server that speaks OpenAI's protocol, through @langchain/openai, which is loaded with the first model.
 * Retries, timeouts and checks of the answer are the runtime's. `structured_output: prompt` in a model's options is
 * for servers that do not know `response_format`; what else stands there is sent with every request (`top_p`, `seed`).
 */
export function openaiProvider(options: OpenAIOptions): ModelProvider {
  return {
    async open(plan, binding) {
      const baseURL = binding.baseUrl === undefined ? (options.env["OPENAI_BASE_URL"] ?? DEFAULT_URL) : await options.text(binding.baseUrl);
      return openModel(plan, baseURL, await keyInUse(() => keyOf(binding.apiKey, baseURL, options)), keyHint(binding.apiKey));
    },
  };
}

const DEFAULT_URL = "https://api.openai.com/v1";

/** Local servers often take no key, but the client wants one. */
const NO_KEY = "no-key";

async function keyOf(connection: Connection | undefined, baseURL: string, { text, env }: OpenAIOptions): Promise<string> {
  if (connection !== undefined) return text(connection);
  const usual = env["OPENAI_API_KEY"];
  // Read as the secret that it is: a server may repeat it.
  if (usual !== undefined && usual !== "") return text([{ secret: "env", name: "OPENAI_API_KEY" }]);
  if (baseURL !== DEFAULT_URL) return NO_KEY;
  throw new InfraError("FC6001", "The secret `${env:OPENAI_API_KEY}` is not set.", { hint: "Set the environment variable `OPENAI_API_KEY`." });
}

/** A key in a file may be another one by the next call. */
interface KeyInUse {
  /** What was shown last. */
  readonly shown: string;
  /** As it was, where its file is just being replaced. */
  next(): Promise<string>;
}

async function keyInUse(read: () => Promise<string>): Promise<KeyInUse> {
  let shown = await read();
  return {
    get shown() {
      return shown;
    },
    next: async () => (shown = await read().catch(() => shown)),
  };
}

/** Names where the key comes from, never its value. */
function keyHint(connection: Connection = [{ secret: "env", name: "OPENAI_API_KEY" }]): string {
  const secrets = connection.flatMap((part) => (typeof part === "object" && "secret" in part ? [`\`\${${part.secret}:${part.name}}\``] : []));
  return secrets.length === 0 ? "`api_key`" : secrets.join(" and ");
}

async function openModel(plan: ModelPlan, baseURL: string, key: KeyInUse, hint: string): Promise<Model> {
  withoutTracing();
  const [{ openChatModel }, { sentOptions }, { sentRequest }, { heardMessage, heardStream, modelAnswer }, { modelFailure }, { patientFetch }] = await Promise.all([
    import("./chat-model.js"),
    import("./options.js"),
    import("./request.js"),
    import("./answer.js"),
    import("./failure.js"),
    import("./patient-fetch.js"),
  ]);
  const { fields, ...callOptions } = sentOptions(plan);
  const chat = openChatModel(plan.api, {
    model: plan.model,
    apiKey: () => key.next(),
    configuration: { baseURL, fetch: patientFetch(), logLevel: "off" },
    maxRetries: 0,
    timeout: LONGEST_TIMEOUT,
    modelKwargs: fields,
    ...(plan.temperature === undefined ? {} : { temperature: plan.temperature }),
    ...(plan.maxTokens === undefined ? {} : { maxTokens: plan.maxTokens }),
  });
  return {
    async complete(request, { signal, onText }) {
      signal.throwIfAborted();
      // The client never takes its listener off a signal again, and a run's signal lives long.
      const own = new AbortController();
      const abort = (): void => own.abort(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        const sent = sentRequest(request, plan.options["structured_output"] === "prompt" ? "prompt" : "json_schema");
        const how = { ...callOptions, signal: own.signal, ...(sent.tools.length > 0 ? { tools: sent.tools, strict: false } : {}), ...(sent.format === null ? {} : { response_format: sent.format }) };
        // Not `chat.stream`: it sums all pieces up beside, each time from the beginning.
        const heard = onText === null ? heardMessage(await chat.invoke(sent.messages, how)) : await heardStream(chat._streamResponseChunks(sent.messages, how), onText);
        return modelAnswer(heard, request, sent);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof StepError) throw error;
        throw modelFailure(error, plan.model, hint, redactor([key.shown, ...credentialsIn(baseURL)]));
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}

/** The longest that a timer can wait: 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** LangChain would send prompts to LangSmith, or all calls through its gateway, because of a variable in the user's shell. */
function withoutTracing(): void {
  for (const name of ["LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING", "LANGSMITH_GATEWAY"]) delete process.env[name];
}
