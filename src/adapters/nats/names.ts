import { hash } from "node:crypto";

/** The stream of a topic that `topics apply` makes: `orders.new` is `orders_new`. Which stream takes a topic is found by its subject. */
export const streamName = (topic: string): string => topic.replaceAll(">", "all").replaceAll("*", "any").replaceAll(/[^A-Za-z0-9_-]/g, "_");

/** Where that is taken by another topic's. */
export const distinctName = (topic: string): string => `${streamName(topic)}-${pieceOf(topic)}`;

/** What a group has on a topic; where that is not plain to see from the name, a piece of a hash keeps it apart from others. */
export function groupName(group: string, topic: string): string {
  const name = `${group}--${topic}`;
  const plain = streamName(name);
  // `a--eu` with `x`, and `a` with `eu--x`.
  if (name.indexOf("--") !== name.lastIndexOf("--")) return `${plain}-${pieceOf(`${group}\n${topic}`)}`;
  return plain === name ? plain : `${plain}-${pieceOf(name)}`;
}

/** The server takes no longer ones. */
const LONGEST = 255;

/** The durable consumer of a group. */
export function consumerName(group: string, topic: string): string {
  const name = groupName(group, topic);
  return name.length <= LONGEST ? name : `${name.slice(0, 200)}-${pieceOf(name)}`;
}

const pieceOf = (text: string): string => hash("sha256", text).slice(0, 6);
