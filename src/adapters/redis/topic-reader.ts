import { storedText } from "../../core/bytes.js";
import type { StoredMessage, TopicReader, TopicSummary } from "../../core/ports/operator.js";
import { deliveryOf } from "./entry.js";
import { groupsOf, lagOf } from "./group.js";
import { isReply, type Link } from "./link.js";
import { listOf, numberOf, textOf } from "./reply.js";

const SCAN_COUNT = 1000;

export const createTopicReader = (link: Link): TopicReader => ({
  async topics() {
    const found: TopicSummary[] = [];
    for (const topic of (await streamsOf(link)).toSorted()) {
      try {
        found.push(await summaryOf(link, topic));
      } catch (error) {
        // Gone since, or not for this user's eyes.
        if (!isReply(error)) throw error;
      }
    }
    return found;
  },
  async messages(topic, which) {
    const entries =
      "last" in which
        ? listOf(await link.command("XREVRANGE", topic, "+", "-", "COUNT", which.last)).toReversed()
        : listOf(await link.command("XRANGE", topic, which.after < 0 ? "-" : `(${lastIdAt(which.after)}`, "+", "COUNT", which.limit));
    return entries.map((entry) => {
      const [id, fields] = listOf(entry);
      return messageOf(topic, textOf(id), fields);
    });
  },
});

async function summaryOf(link: Link, topic: string): Promise<TopicSummary> {
  const groups = [];
  for (const state of await groupsOf(link, topic)) groups.push({ group: state.group, lag: await lagOf(link, topic, state) });
  return { topic, partitions: 1, messages: numberOf(await link.command("XLEN", topic)) ?? 0, groups };
}

async function streamsOf(link: Link): Promise<readonly string[]> {
  const names = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = listOf(await link.command("SCAN", cursor, "TYPE", "stream", "COUNT", SCAN_COUNT));
    for (const key of listOf(keys)) names.add(textOf(key));
    cursor = textOf(next);
  } while (cursor !== "0");
  return [...names];
}

/** A position is a number: the entry's millisecond, and which one of it. Those behind the 4095th of one millisecond share the last. */
const PER_MS = 4096;
function positionOf(id: string): number {
  const [ms, seq] = id.split("-").map(Number);
  return (ms ?? 0) * PER_MS + Math.min(seq ?? 0, PER_MS - 1);
}
function lastIdAt(position: number): string {
  const seq = position % PER_MS;
  return seq === PER_MS - 1 ? String(Math.floor(position / PER_MS)) : `${Math.floor(position / PER_MS)}-${seq}`;
}

function messageOf(topic: string, id: string, fields: unknown): StoredMessage {
  const { attempt: _, ...rest } = deliveryOf(topic, id, fields, 1);
  return storedText({ ...rest, position: positionOf(id) });
}
