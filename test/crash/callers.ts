import type { Json } from "../../src/core/json.js";
import type { HttpAnswer, HttpServer } from "../../src/core/ports/http-server.js";
import type { Clock } from "../../src/core/ports/clock.js";
import type { Power } from "./power.js";
import type { Request } from "./scenario.js";

/** Who sends the requests of a scenario, to each process that listens, until it has the answer. */
export interface Callers {
  /** Of one process: what it answers after its end is not heard. */
  http(power: Power): HttpServer;
  /** Requests without an answer. */
  busy(): number;
  /** By key. */
  readonly answers: ReadonlyMap<string, Json>;
  readonly problems: string[];
}

const AGAIN_MS = 1_000;

export function createCallers(requests: readonly Request[], clock: Clock): Callers {
  const answers = new Map<string, Json>();
  const problems: string[] = [];

  function hear({ key }: Request, { status, headers, body }: HttpAnswer): boolean {
    if (status === 202 || status === 503) return false;
    const answer: Json = { status, run: headers["flowctl-run"] ?? null, body: JSON.parse(body) };
    const before = answers.get(key);
    // I17: whoever asks, and however often.
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(answer)) problems.push(`${key} was answered ${JSON.stringify(before)} and then ${JSON.stringify(answer)}`);
    answers.set(key, before ?? answer);
    return true;
  }

  return {
    answers,
    problems,
    busy: () => requests.length - answers.size,
    http: (power) => ({
      async listen(handle) {
        const send = (request: Request): void => {
          if (power.isOff()) return;
          const { method, path, body, key } = request;
          const text = new TextEncoder().encode(JSON.stringify(body));
          const ask = async (): Promise<void> => {
            const answer = await handle({ method, path, query: "", headers: { "content-type": "application/json", "idempotency-key": key }, body: async () => text });
            if (!power.isOff() && !hear(request, answer)) clock.after(AGAIN_MS, () => send(request));
          };
          ask().catch((thrown: unknown) => problems.push(`${key}: ${String(thrown)}`));
        };
        for (const request of requests) send(request);
        return { address: "http://callers", close: async () => undefined };
      },
    }),
  };
}
