import type { News } from "../../core/ports/store.js";
import { actOnInbox, takeUpRuns } from "../live/recover.js";
import type { Timers } from "../live/timers.js";
import type { Grants } from "../lock/grants.js";
import type { Publisher } from "../outbox/publisher.js";
import type { World } from "../world.js";

/** Shards whose inbox or runs are being looked at, and whether somebody asked again meanwhile. */
const looking = new WeakMap<World, Map<string, boolean>>();

/** What another process has put for a shard of this one: it is looked up, for what was told may have changed since. */
export async function heed(news: News | null, world: World, grants: Grants, timers: Timers, publisher: Pick<Publisher, "recover">): Promise<void> {
  if (news === null) {
    const mine = world.shards.mine();
    // A server that crashed may have forgotten what was marked as published last, which waits for no disk.
    await Promise.all([takeUpRuns(world, mine), once(world, "inbox", () => actOnInbox(world, world.shards.mine())), timers.look(), grants.recover(), publisher.recover(mine)]);
    return world.live.slots.look(null);
  }
  switch (news.kind) {
    case "runs":
      return heedRuns(news.shard, world);
    case "inbox":
      return once(world, `inbox ${news.shard}`, () => actOnInbox(world, [news.shard]));
    case "lane":
      return world.live.slots.look(news.name);
    case "lock":
      return news.name === null ? grants.recover() : grants.look(news.name);
    case "shards":
      return;
  }
}

/** Another process has put a run into the shard, or changed one of it. */
export const heedRuns = (shard: number, world: World): Promise<void> => once(world, `runs ${shard}`, () => takeUpRuns(world, [shard]));

/** One look at a time: what comes during it is one more. */
async function once(world: World, what: string, look: () => Promise<void>): Promise<void> {
  const here = looking.get(world) ?? new Map<string, boolean>();
  looking.set(world, here);
  if (here.has(what)) {
    here.set(what, true);
    return;
  }
  try {
    do {
      here.set(what, false);
      await look();
    } while (here.get(what) === true);
  } finally {
    here.delete(what);
  }
}
