import type { Dispatcher } from "undici";
import { InfraError, StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import { messageOf } from "../../../core/message-of.js";
import type { Tool, ToolCall } from "../../../core/ports/tool.js";
import { cleanError } from "../../secret/clean-error.js";
import { cleanJson } from "../../secret/clean-json.js";
import { credentialsIn } from "../../secret/credentials.js";
import { redactor } from "../../secret/redact.js";
import { headerOf, UnknownEncoding } from "./body.js";
import { NotConnected, PrivateAddress, type HttpConnections } from "./connections.js";
import { httpRequest, type HttpRequest, type HttpToolPlan } from "./request.js";
import { ignore, toolOutput } from "./response.js";

interface HttpToolOptions {
  readonly plan: HttpToolPlan;
  /** With its holes filled in and encoded, secrets too. Messages show its origin only. */
  readonly url: (input: Json) => Promise<string>;
  readonly headers: (input: Json) => Promise<Readonly<Record<string, string>>>;
  /** Shared by all http tools of the process, and closed by who opened them. */
  readonly connections: HttpConnections;
}

/** One HTTP endpoint as a tool. Retries and timeouts are the runtime's: an aborted call rejects with the signal's reason. */
export function openHttpTool({ plan, url, headers, connections: { dispatcher } }: HttpToolOptions): Tool {
  return {
    async call(call) {
      call.signal.throwIfAborted();
      const [urlText, ownHeaders] = await Promise.all([url(call.input), headers(call.input)]);
      const request = httpRequest(plan, call, urlText, ownHeaders);
      const what = `\`${request.method} ${request.url.origin}\``;
      // Nearly every call needs none: nothing is said of one that succeeds.
      const clean = (text: string): string => redactor(sentCredentials(urlText, ownHeaders))(text);
      const own = redactor(request.credentials);
      try {
        return cleanJson(await toolOutput(plan, await send(dispatcher, plan, request, call, ownHeaders), what, clean), own);
      } catch (error) {
        if (call.signal.aborted) throw call.signal.reason;
        if (error instanceof InfraError) throw error;
        throw error instanceof StepError ? cleanError(error, own) : transportError(error, plan, what, clean);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Services like to quote what they were sent. A long part of the path is often a token. */
function sentCredentials(urlText: string, headers: Readonly<Record<string, string>>): readonly string[] {
  const { pathname, searchParams } = new URL(urlText);
  const tokens = pathname.split("/").filter((part) => part.length >= 16);
  return [...Object.values(headers).flatMap((value) => [value, ...value.split(" ")]), ...credentialsIn(urlText), ...tokens, ...searchParams.values()];
}

const MOST_REDIRECTS = 5;

/** Redirects are followed for what only reads. Each hop connects like the first, so its address is checked too. */
async function send(dispatcher: Dispatcher, plan: HttpToolPlan, first: HttpRequest, call: ToolCall, ownHeaders: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData> {
  const follows = plan.effect === "read" && (first.method === "GET" || first.method === "HEAD");
  let { url, headers } = first;
  for (let hop = 0; ; hop++) {
    const { method, body } = first;
    const response = await dispatcher.request({ origin: url.origin, path: url.pathname + url.search, method, headers: { ...headers }, body, signal: call.signal });
    const location = headerOf(response, "location");
    if (!follows || location === null || response.statusCode < 301 || response.statusCode > 308 || response.statusCode === 304) return response;
    await ignore(response.body);
    if (hop === MOST_REDIRECTS) throw new StepError("refused", `\`${first.method} ${first.url.origin}\` redirects more than ${MOST_REDIRECTS} times`);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (next === null || !(next.protocol === "https:" || next.protocol === url.protocol)) {
      throw new StepError("refused", `\`${first.method} ${first.url.origin}\` redirects to an address that is not https`);
    }
    // Credentials are for the origin that they were written for.
    if (next.origin !== url.origin) headers = without(headers, ["authorization", "cookie", ...Object.keys(ownHeaders).map((name) => name.toLowerCase())]);
    url = next;
  }
}

const without = (headers: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** The client refuses it before anything of it is on the way: a header that is none, or one that is its own affair. */
const NOT_SENT: ReadonlySet<string> = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"]);

/** I20: without a connection nothing was applied; after it, a write may have been. */
function transportError(error: unknown, plan: HttpToolPlan, what: string, clean: (text: string) => string): StepError {
  const message = clean(messageOf(error));
  if (error instanceof PrivateAddress) return new StepError("refused", `${what} is not sent: ${message}`, { cause: error });
  if (error instanceof NotConnected) return new StepError("unavailable", `${what} cannot connect: ${message}`, { cause: error });
  const outcome = plan.effect === "write" ? "unknown" : "not_applied";
  if (error instanceof UnknownEncoding) return new StepError("invalid_output", `${what} answered in ${message}, which cannot be read`, { outcome, cause: error });
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (typeof code === "string" && NOT_SENT.has(code)) return new StepError("invalid_input", `${what} is not sent: a header or the path is not valid HTTP`, { cause: error });
  return new StepError("unavailable", `${what} broke off: ${message}`, { outcome, cause: error });
}
