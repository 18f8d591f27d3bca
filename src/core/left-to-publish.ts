import type { Outgoing, PublishRefused } from "./ports/bus.js";

/** What of a call to publish has to be published again after this: neither what is refused, nor what is stored. */
export function leftToPublish<M extends Outgoing>(messages: readonly M[], { refused, unsettled }: PublishRefused): readonly M[] {
  const never = new Set(refused.map(({ id }) => id));
  return messages.filter(({ id, topic }) => !never.has(id) && (unsettled === null || unsettled.has(topic)));
}
