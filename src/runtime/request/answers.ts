import type { MessageSource } from "../../core/event.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { RunId } from "../../core/run-id.js";
import { redrivesOf, sourceOf } from "../trigger/candidate.js";
import { byMessage, runIdOf } from "../trigger/identity.js";
import type { Poison } from "../trigger/poison.js";
import type { TopicTrigger } from "../trigger/variables.js";
import { answerTo, type Ended, endOf, type Nth, toRequestAt } from "./reply.js";

/** The answer to the message that a run came from; null: its trigger gives none. */
export function endAnswer({ reply }: Pick<TopicTrigger, "reply">, source: MessageSource, run: RunId, ended: Ended, nth: Nth): TextMessage | null {
  return reply === undefined ? null : answerTo(source, reply, run, endOf(ended), nth);
}

/** To a request that no run came of. */
export function refusalOf({ id }: Pick<FlowPlan, "id">, { reply }: TopicTrigger, { delivery, error }: Poison): readonly TextMessage[] {
  if (reply === undefined) return [];
  const run = runIdOf(id, byMessage(delivery), 0, redrivesOf(delivery));
  return [answerTo(sourceOf(delivery, delivery.key), reply, run, { error: { code: "invalid_input", message: error.message } }, toRequestAt(delivery))];
}
