import type { FlowError } from "../../core/errors.js";
import { nextTurn } from "../../core/elapse.js";
import type { GraphState } from "../../core/graph.js";
import { messageOf } from "../../core/message-of.js";
import type { Delivery, Outgoing, Subscription } from "../../core/ports/bus.js";
import { REDRIVE } from "../../core/redrive-headers.js";
import { patiently } from "../patience.js";
import { outgoing } from "../run/outgoing.js";
import type { LoadedFlow, World } from "../world.js";
import { type Candidate, compileCandidate, sourceOf, traceOf } from "./candidate.js";
import { type DeadLetter, deadLetterOf, deadLetterOfRun } from "./dead-letter.js";
import { createDeliver } from "./deliver.js";
import { endAnswer, refusalOf } from "../request/answers.js";
import { toRequestAt } from "../request/reply.js";
import { ownCodes } from "./own-codes.js";
import { runPure } from "./pure-run.js";
import { compileScreen, screenBatch, type Screened } from "./screen.js";
import { createBinder, type TopicTrigger } from "./variables.js";

/** Handles one batch of a subscription; resolves when the next one may be read, with what is to be done beside it. */
export type HandleBatch = (batch: readonly Delivery[], subscription: Subscription) => Promise<void | Publish>;
/** After those of the batches before it; gives what acknowledges the batch. Null: the runtime ended first, and nothing that came later may be published. */
export type Publish = () => Promise<Acknowledge | null>;
export type Acknowledge = () => Promise<void>;

/** After so many deliveries that ended in a fault of ours, a message is a dead letter. */
const DELIVERIES = 5;
const FIRST_DELAY_MS = 100;
/** Runs that begin in one turn of the loop, of graphs with several nodes and of others. */
const HEAVY_PER_TURN = 4;
const LIGHT_PER_TURN = 256;
/** Messages that are read at once: a broker is asked seldom. */
export const PURE_BATCH = 1024;

/** Class P: run, publish all, commit the dedupe keys, acknowledge. The next batch runs while this one is published. */
export function pureBatches(flow: LoadedFlow, trigger: TopicTrigger, world: World): HandleBatch {
  const { plan } = flow;
  const { clock, store } = world.ports;
  const { counters } = world.stats;
  const binder = createBinder(plan, trigger);
  const screen = compileScreen(plan, trigger, binder);
  const prepare = compileCandidate(plan, trigger, binder);
  const own = ownCodes(plan);
  const scope = `${plan.id}/${trigger.group}`;
  const deliver = createDeliver(plan, plan.topics[trigger.topic]?.dlq, world);
  /** Of batches whose keys are about to be committed. */
  const unmarked = new Set<string>();
  const perTurn = plan.graph.fused.nodes.length > 1 ? HEAVY_PER_TURN : LIGHT_PER_TURN;

  return async (batch, subscription) => {
    const { passed, poisoned, dropped } = screenBatch(screen, batch);
    counters.filtered += dropped;
    const letters = poisoned.map((poison) => deadLetterOf(plan.id, poison));
    const messages: Outgoing[] = poisoned.flatMap((poison) => refusalOf(plan, trigger, poison));
    const again: Delivery[] = [];
    const fresh = trigger.dedupe === undefined ? passed : await withoutDuplicates(passed);
    const keys: string[] = [];
    let started = 0;
    for (const one of fresh) {
      const candidate = prepare(one);
      if (candidate.verdict === "poison") {
        letters.push(deadLetterOf(plan.id, candidate));
        messages.push(...refusalOf(plan, trigger, candidate));
        continue;
      }
      started += 1;
      if (started % perTurn === 0) await nextTurn(clock);
      const ended = await runCandidate(candidate);
      if (ended === null) {
        again.push(one.delivery);
        continue;
      }
      const { traceparent } = traceOf(one.delivery);
      for (const emitted of ended.emitted) messages.push(outgoing(emitted, traceparent));
      if (ended.answer !== null) messages.push(ended.answer);
      if (ended.letter !== null) letters.push(ended.letter);
      if (one.dedupeKey !== null) keys.push(one.dedupeKey);
    }
    for (const key of keys) unmarked.add(key);
    return async () => {
      if (!(await deliver(messages, letters))) return null;
      if (keys.length > 0 && trigger.dedupe !== undefined) {
        const until = trigger.dedupe.ttl === "forever" ? Infinity : clock.now() + trigger.dedupe.ttl;
        await patiently(clock, world.stopped, () => store.markSeen(scope, keys.map((key) => ({ key, until }))));
        for (const key of keys) unmarked.delete(key);
      }
      counters.messages += batch.length - again.length;
      return async () => {
        // In place: what is handled again would be published again.
        await patiently(clock, world.stopped, () => subscription.ack(again.length === 0 ? batch : batch.filter((delivery) => !again.includes(delivery))));
        for (const delivery of again) await patiently(clock, world.stopped, () => subscription.giveBack([delivery], FIRST_DELAY_MS * 2 ** (delivery.attempt - 1)));
      };
    };
  };

  /** A redriven message passes. Of equal keys in one batch the first runs. */
  async function withoutDuplicates(passed: readonly Screened[]): Promise<readonly Screened[]> {
    const asked = passed.flatMap(({ dedupeKey }) => dedupeKey ?? []);
    // Before the store is asked, which will know those whose time has come by then.
    const mine = new Set(asked.filter((key) => unmarked.has(key)));
    // In place: what is given back comes after what follows it.
    const seen = await patiently(clock, world.stopped, () => store.seen(scope, asked, clock.now()));
    return passed.filter(({ dedupeKey, delivery }) => {
      if (dedupeKey === null || delivery.headers[REDRIVE] !== undefined) return true;
      const fresh = !seen.has(dedupeKey) && !mine.has(dedupeKey);
      mine.add(dedupeKey);
      if (!fresh) counters.duplicates += 1;
      return fresh;
    });
  }

  /** Null: a fault that is not the flow's, to be tried again. What the flow itself does ends the same way every time. */
  async function runCandidate(candidate: Candidate): Promise<{ readonly emitted: GraphState["emitted"]; readonly letter: DeadLetter | null; readonly answer: Outgoing | null } | null> {
    const { run, keyRun, input, key, delivery } = candidate;
    try {
      const source = sourceOf(delivery, key);
      const { status, output, error, emitted } = await runPure(flow, { run, keyRun, input, key, source, timestamp: delivery.timestamp, signal: undefined }, world);
      return { emitted, answer: endAnswer(trigger, source, run, { status, output, error }, toRequestAt(delivery)), letter: status === "failed" && error !== null && !own.has(error.code) ? letterOf(candidate, error) : null };
    } catch (thrown) {
      if (delivery.attempt < DELIVERIES) return null;
      counters.failed += 1;
      return { emitted: [], answer: null, letter: letterOf(candidate, { code: "unknown", message: `internal error: ${messageOf(thrown)}` }) };
    }
  }

  function letterOf({ run, message, key, delivery, redrives }: Candidate, error: FlowError): DeadLetter {
    return deadLetterOfRun(run, error, message, sourceOf(delivery, key), delivery.attempt, redrives, delivery);
  }
}
