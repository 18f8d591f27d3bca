import { Agent, buildConnector, fetch, Response } from "undici";
import { StepError } from "../../../core/errors.js";
import { messageOf } from "../../../core/message-of.js";

/** The request was not sent: the provider has nothing to bill. */
export class NotConnected extends Error {
  override readonly name = "NotConnected";
}

/** No answer that a flow could use is longer (I39): JSON writes a character with six at most. A stream is as long in each of its lines. */
const MOST_BYTES = 64 * 1024 * 1024;
const NEW_LINE = 0x0a;

/**
 * Node's own fetch gives up after five minutes without headers; here the signal alone says when it is enough.
 * The OpenAI client sends JSON text only. A redirect is an answer: prompts go to the address that the model names.
 */
export function patientFetch(): typeof globalThis.fetch {
  const open = buildConnector({});
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (target, callback) => open(target, (...[error, socket]) => (error === null ? callback(null, socket) : callback(new NotConnected(messageOf(error)), null))),
  });
  return async (input, { method = "POST", headers, body, signal } = {}) => {
    const sent = { method, headers: [...new Headers(headers)], body: typeof body === "string" ? body : null, signal: signal ?? null, redirect: "manual" as const, dispatcher };
    return limited(await fetch(input instanceof Request ? input.url : input, sent), sent.body?.includes('"stream":true') === true);
  };
}

/** The same answer, whose body breaks off where it is too long: a server that never ends, or a packed body, would fill the memory. */
function limited(response: Response, streams: boolean): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  const byLine = streams && headers.get("content-type")?.includes("event-stream") === true;
  let length = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, to) {
      const line = byLine ? chunk.lastIndexOf(NEW_LINE) : -1;
      length = line < 0 ? length + chunk.length : chunk.length - line - 1;
      if (length > MOST_BYTES) to.error(tooLong());
      else to.enqueue(chunk);
    },
  });
  return new Response(body.pipeThrough(counted), { status, statusText, headers });
}

/** It has been made, and so paid for. */
export const tooLong = (): StepError => new StepError("limit", "the model's answer is longer than any that can be used", { outcome: "unknown" });
