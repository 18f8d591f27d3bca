import type { GroupDriver, Positions } from "./driver.js";
import type { Tracker } from "./tracker.js";

/** What the group has not acknowledged: of partitions that this member holds it knows more than the broker. */
export async function lagOf(driver: GroupDriver, topic: string, group: string, trackers: ReadonlyMap<number, Tracker>, starts: Positions): Promise<number> {
  const [committed, ranges] = await Promise.all([driver.committed(group, topic), driver.ranges(topic)]);
  const positions = committed.get(topic);
  let lag = 0;
  for (const { partition, low, high } of ranges) {
    const tracker = trackers.get(partition);
    const position = tracker?.position() ?? positions?.get(partition)?.offset ?? starts.get(partition)?.offset ?? low;
    lag += Math.max(0, high - Math.max(position, low) - (tracker?.ahead() ?? 0));
  }
  return lag;
}
