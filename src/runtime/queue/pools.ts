import { serves, taskTopics } from "../../core/plan/queue-uses.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Sharing } from "../../core/ports/store.js";
import { siteName, type Role } from "../../core/queues.js";
import { poolFrom } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { RuntimePorts } from "../ports.js";

/** Which shards belong to the workers of which queue, in a store that processes share (I25). */
export interface Pools {
  /** Those of this process, each by its first shard. */
  mine(): Promise<readonly number[]>;
  /** Where the runs of a queue's tasks lie. Says where nobody serves it. */
  shardsOf(site: string): Promise<readonly number[]>;
}

/** How often it is asked who serves a queue that gets tasks, and said that nobody does. */
const ASK_MS = 100;
const SAY_MS = 60_000;

export function createPools(sharing: Sharing, { clock, observer, queues = {} }: RuntimePorts, role: Role, plans: () => readonly FlowPlan[], stopped: () => boolean): Pools {
  const known = new Map<string, Promise<number>>();
  const asked = new Map<string, number>();
  const said = new Map<string, number>();
  const planned = new Set<string>();

  const ask = (site: string): ReturnType<Sharing["queue"]> => patiently(clock, stopped, () => sharing.queue(site));
  function firstOf(site: string): Promise<number> {
    const old = known.get(site);
    if (old !== undefined) return old;
    const made = ask(site).then(({ first }) => first);
    known.set(site, made);
    made.catch(() => known.delete(site));
    return made;
  }

  /** Beside what waits for its task: that does not wait for this. One that comes too soon is looked at when it is time: none may come after it. */
  function look(site: string): void {
    if (isDue(asked, site, ASK_MS)) return askWho(site);
    if (planned.has(site)) return;
    planned.add(site);
    // The time may be over by now.
    clock.after(Math.max((asked.get(site) ?? 0) + ASK_MS - clock.monotonic(), 0), () => {
      planned.delete(site);
      if (!stopped()) look(site);
    });
  }

  function askWho(site: string): void {
    ask(site).then(({ workers }) => (workers === 0 && isDue(said, site, SAY_MS) ? observer.notice?.(`nobody serves the queue \`${site}\`: its tasks wait`) : undefined), () => undefined);
  }

  function isDue(last: Map<string, number>, site: string, every: number): boolean {
    const now = clock.monotonic();
    if (now - (last.get(site) ?? -Infinity) < every) return false;
    last.set(site, now);
    return true;
  }

  return {
    async mine() {
      const own = role.queues;
      const sites = taskTopics(plans(), queues, own ?? []).filter(({ site }) => own === null || serves(own, site));
      const firsts = await Promise.all(sites.map(({ site }) => firstOf(siteName(site))));
      return [...new Set([...(role.orchestrates ? [0] : []), ...firsts])];
    },
    async shardsOf(site) {
      look(site);
      return poolFrom(await firstOf(site));
    },
  };
}
