import type { FlowError } from "../../core/errors.js";
import type { MessageSource } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { RunId } from "../../core/run-id.js";
import { finishOf, readRun } from "../live/load.js";
import type { Duplicate } from "../trigger/admission.js";
import { redrivesOf, sourceOf } from "../trigger/candidate.js";
import { byMessage, runIdOf } from "../trigger/identity.js";
import type { Poison } from "../trigger/poison.js";
import type { TopicTrigger } from "../trigger/variables.js";
import type { World } from "../world.js";
import { answerTo, type Nth, toRequestAt } from "./reply.js";

/** How a run ended, as its `run.finished` says it. */
interface Ended {
  readonly status: string;
  readonly output?: Json | undefined;
  readonly error?: FlowError | null | undefined;
}

/** The answer to the message that a run came from; null: its trigger gives none. */
export function endAnswer({ reply }: Pick<TopicTrigger, "reply">, source: MessageSource, run: RunId, { status, output, error }: Ended, nth: Nth): TextMessage | null {
  if (reply === undefined) return null;
  return answerTo(source, reply, run, status === "completed" ? { output: output ?? null } : { error: error ?? { code: status, message: `the run was ${status}` } }, nth);
}

/**
 * To a request whose key has a run: how that ended, as who asks has lost the answer or asks once more. Null where it goes
 * on, for it answers when it ends; and to the message that it came from, whose answer is in its outbox.
 */
export async function answerAgain(trigger: TopicTrigger, { candidate: { delivery, key }, run }: Duplicate, world: World): Promise<TextMessage | null> {
  if (trigger.reply === undefined) return null;
  const events = (await readRun(run, world))?.events ?? [];
  const [admitted] = events;
  const end = finishOf(events);
  if (admitted?.type !== "run.admitted" || end === undefined) return null;
  const { source } = admitted.data;
  if (source?.partition === delivery.partition && source.offset === delivery.offset) return null;
  return endAnswer(trigger, sourceOf(delivery, key), run, end.data, toRequestAt(delivery));
}

/** To a request that no run came of. */
export function refusalOf({ id }: Pick<FlowPlan, "id">, { reply }: TopicTrigger, { delivery, error }: Poison): readonly TextMessage[] {
  if (reply === undefined) return [];
  const run = runIdOf(id, byMessage(delivery), 0, redrivesOf(delivery));
  return [answerTo(sourceOf(delivery, delivery.key), reply, run, { error: { code: "invalid_input", message: error.message } }, toRequestAt(delivery))];
}
