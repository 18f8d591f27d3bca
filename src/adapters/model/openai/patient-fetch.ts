import { Agent, fetch } from "undici";

/**
 * Node's own fetch gives up after five minutes without headers; here the signal alone says when it is enough.
 * The OpenAI client sends JSON text only. A redirect is not followed: prompts go to the address that the model names.
 */
export function patientFetch(): typeof globalThis.fetch {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return (input, { method = "POST", headers, body, signal } = {}) => {
    const sent = { method, headers: [...new Headers(headers)], body: typeof body === "string" ? body : null, signal: signal ?? null, redirect: "error" as const, dispatcher };
    return fetch(input instanceof Request ? input.url : input, sent);
  };
}
