import { isJsonObject, type Json } from "../../../src/core/json.js";
import type { HttpAnswer, HttpServer } from "../../../src/core/ports/http-server.js";
import type { Fates, World } from "./fates.js";

/** A request, with what it was called by its caller: null where it was called nothing. */
export interface Asked {
  readonly key: string | null;
  readonly n: number;
  readonly afterMs: number;
}

/** What somebody was told in the end. */
export interface Told {
  readonly key: string | null;
  readonly run: string;
  readonly status: number;
  readonly body: Json;
}

/** Who sends requests, to whichever process listens, until there is an answer. */
export interface Callers {
  /** Of one process: nobody hears what it answers after its end. */
  http(fates: Fates): HttpServer;
  /** The process that listened is gone, and its connections with it. */
  gone(): void;
  /** Requests without an answer. */
  busy(): number;
  readonly told: readonly Told[];
  /** Requests that were handed to a process, by key; those without one under null. */
  readonly sent: ReadonlyMap<string | null, number>;
}

type Handle = Parameters<HttpServer["listen"]>[0];
type Request = Parameters<Handle>[0];

const HEADERS = { "content-type": "application/json" };
const LONGEST_MS = 300_000;

/** Some of them twice, and by one key; some without a key. */
export function drawRequests({ chance, profile }: Pick<World, "chance" | "profile">): readonly Asked[] {
  return Array.from({ length: chance.between(1, 4) }, (_, at) => ({ key: chance.hit(0.7) ? `k${at}` : null, n: chance.below(9), afterMs: chance.between(0, chance.pick([1, 5_000, 120_000])) })).flatMap((one) =>
    one.key !== null && chance.hit(profile.people.duplicates) ? [one, { ...one, afterMs: chance.between(0, 60_000) }] : [one],
  );
}

export function createCallers({ schedule, count }: World, requests: readonly Asked[]): Callers {
  const { clock } = schedule;
  const told: Told[] = [];
  const sent = new Map<string | null, number>();
  /** Breaks what is under way with the process. */
  const connections = new Set<() => void>();
  let open: { readonly handle: Handle; readonly fates: Fates } | null = null;
  let waiting = requests.length;

  const again = (ms: number, act: () => void): void => schedule.at(clock.now() + ms, act);

  /** Null: nobody listens, or the connection broke; `begun` says whether the request had arrived. */
  async function exchange(request: Omit<Request, "body">, body: string): Promise<{ readonly answer: HttpAnswer | null; readonly begun: boolean }> {
    const to = open;
    if (to === null) return { answer: null, begun: false };
    const bytes = new TextEncoder().encode(body);
    const broken = Promise.withResolvers<null>();
    const breaks = (): void => broken.resolve(null);
    connections.add(breaks);
    const answer = await Promise.race([to.handle({ ...request, body: async () => bytes }), broken.promise]);
    connections.delete(breaks);
    return { answer: to.fates.isOver() ? null : answer, begun: true };
  }

  async function ask(asked: Asked): Promise<void> {
    const { key, n } = asked;
    const { answer, begun } = await exchange({ method: "POST", path: "/do", query: "", headers: key === null ? HEADERS : { ...HEADERS, "idempotency-key": key } }, JSON.stringify({ n }));
    if (begun) sent.set(key, (sent.get(key) ?? 0) + 1);
    if (begun) count(answer === null ? "request broken off" : `request ${answer.status}`);
    if (answer !== null && answer.status !== 503) return hear(key, answer, 1_000);
    // Who cannot say which request it was does not repeat it.
    if (answer === null && begun && key === null) waiting -= 1;
    else again(1_000, () => void ask(asked));
  }

  /** A run that goes on without its caller is asked for. */
  async function look(key: string | null, run: string, everyMs: number): Promise<void> {
    const { answer } = await exchange({ method: "GET", path: `/runs/${run}`, query: "", headers: {} }, "");
    if (answer === null || answer.status === 503) again(everyMs, () => void look(key, run, everyMs));
    else hear(key, answer, everyMs);
  }

  function hear(key: string | null, { status, headers, body }: HttpAnswer, everyMs: number): void {
    const run = headers["flowctl-run"] ?? "";
    if (status === 202) return again(everyMs, () => void look(key, run, Math.min(everyMs * 2, LONGEST_MS)));
    const value: Json = JSON.parse(body);
    told.push({ key, run: run === "" && isJsonObject(value) && typeof value["run"] === "string" ? value["run"] : run, status, body: value });
    waiting -= 1;
  }

  for (const asked of requests) again(asked.afterMs, () => void ask(asked));
  return {
    told,
    sent,
    busy: () => waiting,
    gone() {
      open = null;
      for (const breaks of connections) breaks();
    },
    http: (fates) => ({
      async listen(handle) {
        if (!fates.isOver()) open = { handle, fates };
        return { address: "http://callers", close: async () => undefined };
      },
    }),
  };
}
