import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { storedText } from "../../core/bytes.js";
import type { Bus } from "../../core/ports/bus.js";
import type { StoredMessage, TopicReader } from "../../core/ports/operator.js";

export type Letter = Pick<StoredMessage, "topic" | "key" | "headers" | "body">;

/** Dead letters that come from now on, in the topics that flows name as `dlq`; the result ends with those that have come. */
export type Letters = () => AsyncIterable<Letter>;

export async function watchLetters(plans: readonly FlowPlan[], bus: Bus, topics: TopicReader | null): Promise<Letters> {
  const names = [...new Set(plans.flatMap(({ topics: known }) => Object.values(known).flatMap(({ dlq }) => dlq ?? [])))];
  const readers = await Promise.all(names.map((topic) => (topics === null ? subscribed(topic, bus) : kept(topic, topics))));
  return async function* () {
    for (const reader of readers) yield* reader();
  };
}

/** What is kept can be read without a group, which would hold the topic's messages for ever. */
async function kept(topic: string, topics: TopicReader): Promise<Letters> {
  const [last] = await topics.messages(topic, { last: 1 });
  return async function* () {
    for (let after = last?.position ?? 0; ; ) {
      const page = await topics.messages(topic, { after, limit: PAGE });
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.position ?? after;
    }
  };
}
const PAGE = 500;

async function subscribed(topic: string, bus: Bus): Promise<Letters> {
  const subscription = await bus.subscribe({ topic, group: "flowctl run", from: "latest", maxBatch: PAGE });
  return async function* () {
    if ((await subscription.lag()) === 0) return;
    for await (const batch of subscription.batches) {
      for (const { body, ...delivery } of batch) yield storedText({ ...delivery, body });
      await subscription.ack(batch);
      if ((await subscription.lag()) === 0) return;
    }
  };
}
