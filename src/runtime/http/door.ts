import { InfraError } from "../../core/errors.js";
import type { HttpAnswer, HttpListening, HttpRequest } from "../../core/ports/http-server.js";
import { isBug } from "../is-bug.js";
import type { World } from "../world.js";
import { notNow, refusal } from "./answer.js";
import { answerFor } from "./repeated.js";
import type { HandleRequest } from "./requests.js";
import { findRoute, pattern, type Route } from "./routes.js";

/** The one server for the requests of all flows. */
export interface Door {
  /** Throws InfraError where another flow answers one of these. */
  needFree(flow: string, routes: readonly Place[]): void;
  /** The flow answers these from now on, and no others; it listens from the first on. Rejects with InfraError. */
  serve(flow: string, routes: readonly Route<HandleRequest>[]): Promise<void>;
  /** Null: it does not listen. */
  address(): string | null;
  /** Requests that are not answered. */
  busy(): number;
  /** New requests are refused; resolves when the others are answered, or after a while. */
  drain(): Promise<void>;
  /** Whoever still waits is told to come again. */
  close(): Promise<void>;
}

type Place = Pick<Route<unknown>, "method" | "path">;

const DRAIN_MS = 5_000;
const RUN = /^\/runs\/([a-z2-7]{26})$/;

export function createDoor(world: World): Door {
  const { http, clock, observer } = world.ports;
  const byFlow = new Map<string, readonly Route<HandleRequest>[]>();
  /** Who waits, to be told when it closes: a promise that all of them share would keep what each was answered. */
  const waiting = new Set<() => void>();
  let listening: HttpListening | null = null;
  let draining = false;
  let quiet: (() => void) | null = null;

  async function answerTo(request: HttpRequest): Promise<HttpAnswer> {
    if (draining) return stopping();
    const run = request.method === "GET" ? RUN.exec(request.path)?.[1] : undefined;
    if (run !== undefined) return (await answerFor(run, world)) ?? refusal(404, "not_found", "no request started such a run, or it is no longer kept");
    const found = findRoute([...byFlow.values()].flat(), request.method, request.path);
    switch (found.is) {
      case "nothing":
        return refusal(404, "not_found", "nothing is answered at this path");
      case "method":
        return refusal(405, "method_not_allowed", `this path is for ${found.allow.join(", ")}`, {}, { allow: found.allow.join(", ") });
      case "found":
        return found.to(request, found.params);
    }
  }

  async function handle(request: HttpRequest): Promise<HttpAnswer> {
    const answered = Promise.withResolvers<HttpAnswer>();
    const stop = (): void => answered.resolve(stopping());
    waiting.add(stop);
    try {
      answerTo(request).then(answered.resolve, answered.reject);
      return await answered.promise;
    } catch (thrown) {
      if (thrown instanceof InfraError) world.failed(thrown);
      // A fault of ours is this request's affair alone: nobody may end the server by asking.
      if (isBug(thrown)) {
        observer.notice?.(`a ${request.method} request met a fault: ${String(thrown)}`);
        return refusal(500, "failed", "the request failed");
      }
      // The runtime was closed, or the run goes on elsewhere, or nowhere.
      return notNow(draining ? "the server is stopping" : "the server does not have the run any more; with an `Idempotency-Key` the same request is answered by it");
    } finally {
      waiting.delete(stop);
      if (waiting.size === 0) quiet?.();
      world.changed();
    }
  }

  const stopping = (): HttpAnswer => notNow("the server is stopping; what was begun goes on, and a repetition with the same `Idempotency-Key` is answered by it");

  function needFree(flow: string, routes: readonly Place[]): void {
    const others = new Map([...byFlow].flatMap(([name, theirs]) => (name === flow ? [] : theirs.map((route) => [pattern(route), name] as const))));
    for (const route of routes) {
      const other = others.get(pattern(route));
      if (other !== undefined) throw new InfraError("FC6030", `\`${route.method} ${route.path}\` starts the flow \`${flow}\`, and \`${other}\` as well.`, { hint: "Give one of them another path, or serve them in two processes." });
    }
  }

  return {
    needFree,
    async serve(flow, routes) {
      if (http === undefined) return;
      needFree(flow, routes);
      byFlow.set(flow, routes);
      if (routes.length > 0) listening ??= await http.listen(handle);
    },
    address: () => listening?.address ?? null,
    busy: () => waiting.size,
    async drain() {
      draining = true;
      if (waiting.size === 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(DRAIN_MS, resolve);
        quiet = () => {
          cancel();
          resolve();
        };
      });
    },
    async close() {
      draining = true;
      for (const stop of waiting) stop();
      await listening?.close();
    },
  };
}
