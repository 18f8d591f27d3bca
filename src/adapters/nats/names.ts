import { hash } from "node:crypto";

/** The stream of a topic that `topics apply` makes: `orders.new` is `orders_new`. Which stream takes a topic is found by its subject. */
export const streamName = (topic: string): string => topic.replaceAll(">", "all").replaceAll("*", "any").replaceAll(/[^A-Za-z0-9_-]/g, "_");

/** The durable consumer of a group; where signs had to be replaced, a piece of its hash keeps it apart from others. */
export function consumerName(group: string, topic: string): string {
  const name = `${group}--${topic}`;
  const plain = streamName(name);
  return plain === name ? plain : `${plain}-${hash("sha256", name).slice(0, 6)}`;
}
