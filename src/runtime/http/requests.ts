import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { HttpAnswer, HttpRequest } from "../../core/ports/http-server.js";
import type { RunId } from "../../core/run-id.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { compileData } from "../../expr/render.js";
import { sized } from "../run/output-size.js";
import { outgoing } from "../run/outgoing.js";
import { ownedId } from "../shards/owned-id.js";
import { admitAlone, admitNew, aloneRun } from "../trigger/alone.js";
import { isWholeMessage, traceOf } from "../trigger/candidate.js";
import { createDeliver } from "../trigger/deliver.js";
import { byRequest, runIdOf } from "../trigger/identity.js";
import { ownCodes } from "../trigger/own-codes.js";
import { runPure } from "../trigger/pure-run.js";
import type { Slots } from "../trigger/slots.js";
import type { LoadedFlow, RunReport, World } from "../world.js";
import { answerOf, goesOn, notNow, refusal } from "./answer.js";
import { compileMessage, type HttpTrigger } from "./message.js";
import { answerAgain } from "./repeated.js";

/** Answers the requests of one trigger. */
export type HandleRequest = (request: HttpRequest, params: ReadonlyMap<string, string>) => Promise<HttpAnswer>;

const KEY = /^[\x21-\x7e]{1,255}$/;
/** They are for who stands in front, and have no place in a journal. */
const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * I17: `Idempotency-Key` is K, so that a repetition is answered by the same run, also in another process; without it a
 * request is like no other. A journaled run is durable before it begins, and ends whether its caller waits or not.
 */
export function httpRuns(flow: LoadedFlow, trigger: HttpTrigger, slots: Slots, hasRoom: () => boolean, world: World): HandleRequest {
  const { plan } = flow;
  const { clock, random, observer } = world.ports;
  const { method, path } = trigger;
  const read = compileMessage(plan, trigger);
  const render = isWholeMessage(trigger.with) ? null : sized(compileData(trigger.with));
  const deliver = createDeliver(plan, undefined, world);

  function inputOf(message: Json, run: RunId, headers: HttpRequest["headers"]): Json {
    if (render === null) return message;
    const seen = Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name)));
    return render({ msg: message, meta: { key: null, headers: seen, topic: "", timestamp: new Timestamp(clock.now()), id: run } });
  }

  /** Published before it is answered. A repetition publishes again, under the same ids. */
  async function purely(run: RunId, input: Json, traceparent: string | undefined): Promise<HttpAnswer> {
    const { status, output, error, emitted } = await runPure(flow, { run, keyRun: run, input, key: null, source: null, timestamp: clock.now(), signal: undefined }, world);
    if (!(await deliver(emitted.map((emitted) => outgoing(emitted, traceparent)), []))) return notNow("the server is stopping", run);
    if (status === "failed" && error !== null && !ownCodes(plan).has(error.code)) observer.notice?.(`\`${method} ${path}\` of \`${plan.id}\` failed: ${error.code}: ${error.message}`);
    return answerOf(plan, run, { status: status === "running" ? "completed" : status, output, ...(error === null ? {} : { error }) });
  }

  async function journaled(run: RunId, input: Json, message: Json, key: string | null, trace: { readonly traceparent?: string }): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
    // Whoever waits for it may be gone.
    promise.catch(() => undefined);
    const admitted = { ...aloneRun(flow, run, input, world.ports), ...trace };
    const origin = { kind: "http", method, path, key, ...trace } as const;
    const about = { origin, ...(render === null ? {} : { message }), caller: { report: resolve, lost: reject } };
    if (key === null && world.shards.owns(run)) admitNew(admitted, about, slots, world);
    else if (!(await admitAlone(admitted, about, slots, world))) return answerAgain(plan, run, message, world);
    const report = await promise;
    return report.status === "parked" ? goesOn(run, "parked") : answerOf(plan, run, { ...report, status: report.status });
  }

  return async (request, params) => {
    const found = await read(request, params);
    if ("status" in found) return found;
    const key = request.headers["idempotency-key"] ?? null;
    if (key !== null && !KEY.test(key)) return refusal(400, "invalid_key", "`Idempotency-Key` has 1 to 255 visible characters");
    const run = key === null ? ownedId(world.shards, () => runIdOf(plan.id, byRequest(method, path, random.id(), true), 0, 0)) : runIdOf(plan.id, byRequest(method, path, key, false), 0, 0);
    let input: Json;
    try {
      input = inputOf(found.message, run, request.headers);
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      return refusal(400, thrown.code, `the request cannot become the flow's input: ${thrown.message}`);
    }
    if (!hasRoom()) return notNow("more requests wait than the server takes");
    const trace = traceOf(request);
    return plan.class === "P" ? purely(run, input, trace.traceparent) : journaled(run, input, found.message, key, trace);
  };
}
