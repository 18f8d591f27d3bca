import { publishForever } from "../outbox/publish.js";
import type { LoadedFlow, World } from "../world.js";
import { admitAll } from "./admission.js";
import { type Candidate, compileCandidate } from "./candidate.js";
import { asMessage, asRow, type DeadLetter, deadLetterOf } from "./dead-letter.js";
import { startRun } from "./journaled-run.js";
import { ownCodes } from "./own-codes.js";
import type { HandleBatch } from "./pure-batch.js";
import { compileScreen } from "./screen.js";
import type { Slots } from "./slots.js";
import { createBinder, type TopicTrigger } from "./variables.js";

/** Class J: admit durably, acknowledge, run (SEMANTICS §1). */
export function journaledBatches(flow: LoadedFlow, trigger: TopicTrigger, slots: Slots, world: World, stopped: () => boolean): HandleBatch {
  const { plan } = flow;
  const { clock, bus, store } = world.ports;
  const { counters } = world.stats;
  const binder = createBinder(plan, trigger);
  const screen = compileScreen(plan, trigger, binder);
  const prepare = compileCandidate(plan, trigger, binder);
  const own = ownCodes(plan.body);
  const dlq = plan.topics[trigger.topic]?.dlq;

  return async (batch, subscription) => {
    const candidates: Candidate[] = [];
    const letters: DeadLetter[] = [];
    for (const delivery of batch) {
      const screened = screen(delivery);
      if (screened === "dropped") {
        counters.filtered += 1;
        continue;
      }
      const candidate = screened.verdict === "poison" ? screened : prepare(screened);
      if (candidate.verdict === "poison") letters.push(deadLetterOf(plan.id, candidate));
      else candidates.push(candidate);
    }
    const admitted = candidates.length === 0 ? [] : await admitAll(flow, trigger, own, candidates, world);
    for (const run of admitted) {
      if (run === null) counters.duplicates += 1;
      else {
        counters.runs += 1;
        slots.enter(run.lane?.name ?? null, (ticket) => startRun(run, ticket, world));
      }
    }
    if (letters.length > 0 && !(await bury(letters))) return;
    counters.messages += batch.length;
    await subscription.ack(batch);
  };

  async function bury(letters: readonly DeadLetter[]): Promise<boolean> {
    if (dlq === undefined || bus === null) await store.putDeadLetters(letters.map((letter) => asRow(letter, plan.id, clock.now())));
    else {
      const refused = await publishForever(bus, letters.map((letter) => asMessage(letter, dlq)), clock, stopped);
      if (refused === null) return false;
      const ids = new Set(refused.map(({ message }) => message.id));
      if (ids.size > 0) await store.putDeadLetters(letters.filter(({ id }) => ids.has(id)).map((letter) => asRow(letter, plan.id, clock.now())));
    }
    counters.dlq += letters.length;
    return true;
  }
}
