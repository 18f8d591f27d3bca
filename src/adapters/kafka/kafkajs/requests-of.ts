import type { NewTopic } from "../driver.js";

/** Partitions that are made at once: a controller refuses 10,000, and its servers need their time for each. */
const AT_ONCE = 1000;

/** Topics to make, as requests that a controller takes, in their order. One topic is never parted. */
export function requestsOf(topics: readonly NewTopic[]): readonly (readonly NewTopic[])[] {
  const requests: NewTopic[][] = [];
  let room = 0;
  for (const topic of topics) {
    const last = requests.at(-1);
    if (last === undefined || topic.partitions > room) {
      requests.push([topic]);
      room = AT_ONCE - topic.partitions;
    } else {
      last.push(topic);
      room -= topic.partitions;
    }
  }
  return requests;
}
