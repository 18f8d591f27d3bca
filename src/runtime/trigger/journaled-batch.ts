import type { LoadedFlow, World } from "../world.js";
import { acknowledged } from "./acknowledged.js";
import { admitAll } from "./admission.js";
import { type Candidate, compileCandidate } from "./candidate.js";
import { type DeadLetter, deadLetterOf } from "./dead-letter.js";
import type { Outgoing } from "../../core/ports/bus.js";
import { answerAgain } from "../request/answer-again.js";
import { refusalOf } from "../request/answers.js";
import { createDeliver } from "./deliver.js";
import type { Poison } from "./poison.js";
import type { HandleBatch } from "./pure-batch.js";
import { compileScreen } from "./screen.js";
import type { Slots } from "./slots.js";
import { createBinder, type TopicTrigger } from "./variables.js";

/** Class J: a message is acknowledged when the run of it is durable, and that one goes on. */
export function journaledBatches(flow: LoadedFlow, trigger: TopicTrigger, slots: Slots, world: World): HandleBatch {
  const { plan } = flow;
  const { counters } = world.stats;
  const binder = createBinder(plan, trigger);
  const screen = compileScreen(plan, trigger, binder);
  const prepare = compileCandidate(plan, trigger, binder);
  const deliver = createDeliver(plan, plan.topics[trigger.topic]?.dlq, world);

  return async (batch, subscription) => {
    const candidates: Candidate[] = [];
    const letters: DeadLetter[] = [];
    const answers: Outgoing[] = [];
    const refuse = (poison: Poison): void => {
      letters.push(deadLetterOf(plan.id, poison));
      answers.push(...refusalOf(plan, trigger, poison));
    };
    for (const delivery of batch) {
      const screened = screen(delivery);
      if (screened === "dropped") {
        counters.filtered += 1;
        continue;
      }
      const candidate = screened.verdict === "poison" ? screened : prepare(screened);
      if (candidate.verdict === "poison") refuse(candidate);
      else candidates.push(candidate);
    }
    // A store that is elsewhere leaves this process idle while it commits; but what is under way comes first.
    const mayOverlap = world.shards.shared && slots.load() <= batch.length;
    const { begun, admitted } = admitAll({ flow, trigger, slots }, candidates, world);
    const durable = world.live.admissions.during(admitted);
    // Of a batch that is not published any more nobody asks.
    durable.catch(() => undefined);
    await (mayOverlap ? begun : durable);
    return async () => {
      const again: Promise<Outgoing | null>[] = [];
      for (const one of await durable) {
        if (one.verdict === "begun") counters.runs += 1;
        else if (one.verdict === "poison") refuse(one);
        else {
          counters.duplicates += 1;
          again.push(answerAgain(trigger, one, world));
        }
      }
      answers.push(...(await Promise.all(again)).filter((answer) => answer !== null));
      if (letters.length + answers.length > 0 && !(await deliver(answers, letters))) return null;
      counters.messages += batch.length;
      return acknowledged(batch, subscription, world)();
    };
  };
}
