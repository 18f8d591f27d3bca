import { repliesGroup } from "../../core/plan/topic-needs.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { actOn } from "../live/act-on.js";
import { patiently } from "../patience.js";
import { decode, undecodable } from "../trigger/decode.js";
import { eachMessage } from "../trigger/each-message.js";
import { messageId } from "../trigger/identity.js";
import { poison, type Poison } from "../trigger/poison.js";
import type { HandleBatch } from "../trigger/pure-batch.js";
import type { TopicTrigger } from "../trigger/variables.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { World } from "../world.js";
import { CORRELATION, readCorrelation, REPLY_ERROR, replyName, replyPayload, saidWith } from "./reply.js";

/** Where answers to the requests of a flow come from. */
export const replyTopics = ({ tools }: Pick<FlowPlan, "tools">): ReadonlySet<string> => new Set(Object.values(tools).flatMap((tool) => (tool.kind === "request" ? [tool.reply] : [])));

/** One group for all requests of a flow. */
export const replyTrigger = (plan: FlowPlan, topic: string): TopicTrigger => ({ kind: "topic", topic, group: repliesGroup(plan), message: "", concurrency: 1, with: { data: "literal", value: null } });

/** Each answer goes to the run that asked, and is acknowledged when that has it on disk. Answers to others are theirs. */
export function replyBatches(plan: FlowPlan, { topic }: TopicTrigger, world: World): HandleBatch {
  const { ports, stopped } = world;

  async function answer(delivery: Delivery): Promise<Poison | null> {
    const asked = readCorrelation(delivery.headers[CORRELATION]);
    if (asked === null) return null;
    const row = await patiently(ports.clock, stopped, () => ports.store.run(asked.run));
    if (row === null || row.status !== null) return null;
    let payload: Json;
    try {
      if (delivery.content?.is === "problem") return poison(delivery, "decode", delivery.content.problem);
      const code = delivery.headers[REPLY_ERROR];
      payload = replyPayload(code, delivery.content?.value ?? (code === undefined ? decode(delivery.body) : saidWith(delivery.body)));
    } catch (thrown) {
      return poison(delivery, "decode", undecodable(delivery.body, thrown));
    }
    // No wait is called so: one of the same topic takes the message for itself.
    const id = replyName(`${topic}/${messageId(delivery)}`);
    await actOn({ id, run: asked.run, at: ports.clock.now(), by: `topic ${topic}`, request: { kind: "signal", name: replyName(asked.key), payload } }, world, false);
    return null;
  }

  return eachMessage(plan.id, answer, world);
}
