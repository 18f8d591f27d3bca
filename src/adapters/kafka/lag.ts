import type { GroupDriver } from "./driver.js";
import type { Starts } from "./positions.js";
import type { Tracker } from "./tracker.js";

/** What the group has not acknowledged: of partitions that this member holds it knows more than the broker. */
export async function lagOf(driver: GroupDriver, topic: string, group: string, trackers: ReadonlyMap<number, Tracker>, starts: Starts): Promise<number> {
  const [committed, ranges] = await Promise.all([driver.committed(group, topic), driver.ranges(topic)]);
  const positions = committed.get(topic);
  let lag = 0;
  for (const { partition, low, high } of ranges) {
    const tracker = trackers.get(partition);
    const position = tracker?.position() ?? positions?.get(partition) ?? starts.get(partition) ?? low;
    lag += Math.max(0, high - Math.max(position, low) - (tracker?.ahead() ?? 0));
  }
  return lag;
}
