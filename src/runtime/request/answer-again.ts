import type { TextMessage } from "../../core/ports/bus.js";
import { actOn } from "../live/act-on.js";
import { finishOf, readRun } from "../live/load.js";
import type { Duplicate } from "../trigger/admission.js";
import { sourceOf } from "../trigger/candidate.js";
import type { TopicTrigger } from "../trigger/variables.js";
import type { World } from "../world.js";
import { ALSO_ASKED, askedWith } from "./also-asked.js";
import { endAnswer } from "./answers.js";
import { answerTo, correlationWith, toRequestAt } from "./reply.js";

/** Each of them is an event of the run, which fails of too many (I39): one that asks every few seconds for days must not end it. */
const MOST = 1000;

/**
 * To a request whose key has a run: how that ended, as who asks has lost the answer or asks once more. Where it goes on it
 * is told of the request, and answers when it ends; of many it is not told any more, and they hear so. Null where it
 * answers later; and to the message that it came from, whose answer is in its outbox.
 */
export async function answerAgain(trigger: TopicTrigger, { candidate: { delivery, key }, run }: Duplicate, world: World): Promise<TextMessage | null> {
  const { topic, reply } = trigger;
  if (reply === undefined) return null;
  const events = (await readRun(run, world))?.events ?? [];
  const [admitted] = events;
  const end = finishOf(events);
  if (admitted?.type !== "run.admitted") return null;
  const { source: first } = admitted.data;
  if (first?.partition === delivery.partition && first.offset === delivery.offset) return null;
  const source = sourceOf(delivery, key);
  if (end !== undefined) return endAnswer(trigger, source, run, end.data, toRequestAt(delivery));
  // Who asks knows both by one name: the answer to the first is this one's too.
  const name = correlationWith(source);
  if (first !== null && correlationWith(first) === name) return null;
  const others = events.filter((event) => event.type === "signal.received" && event.data.name === ALSO_ASKED);
  if (others.length >= MOST) return answerTo(source, reply, run, { error: { code: "limit", message: `run ${run} of this key goes on, and has ${MOST} further requests to answer by now` } }, toRequestAt(delivery));
  await actOn({ id: `${ALSO_ASKED} ${topic} ${name}`, run, at: world.ports.clock.now(), by: `topic ${topic}`, request: { kind: "signal", name: ALSO_ASKED, payload: askedWith(reply, source) } }, world, false);
  return null;
}
