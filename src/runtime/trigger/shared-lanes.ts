import type { RunId } from "../../core/run-id.js";
import { type Job, type Lanes, type LanesHooks, LONGEST_LANE } from "./lanes.js";

interface Lane {
  /** Runs of this process that wait for their turn. */
  readonly jobs: Map<RunId, Job>;
  /** The one of this process whose turn it is; null: another process's, or nobody's. */
  head: RunId | null;
  /** It waits for something outside. */
  resting: boolean;
  asking: boolean;
  again: boolean;
}

/** Lanes whose runs several processes drive: the store alone knows whose turn it is (I18). */
export function createSharedLanes({ laneHead, room, failed }: LanesHooks): Lanes {
  const lanes = new Map<string, Lane>();

  function look(name: string): void {
    const lane = lanes.get(name);
    if (lane === undefined) return;
    if (lane.asking) {
      lane.again = true;
      return;
    }
    lane.asking = true;
    lane.again = false;
    ask(name, lane).catch(failed);
  }

  async function ask(name: string, lane: Lane): Promise<void> {
    const head = await laneHead(name);
    lane.asking = false;
    const job = head === null ? undefined : lane.jobs.get(head);
    if (job !== undefined) {
      lane.jobs.delete(job.run);
      lane.head = job.run;
      begin(job, lane);
    }
    if (lane.jobs.size === 0 && lane.head === null) lanes.delete(name);
    else if (lane.again) look(name);
  }

  function begin(job: Job, lane: Lane): void {
    lane.resting = false;
    job.entrance.enter(job);
  }

  function enter(job: Job, name: string): void {
    const lane = lanes.get(name) ?? { jobs: new Map<RunId, Job>(), head: null, resting: false, asking: false, again: false };
    lanes.set(name, lane);
    // It had its turn, and rested.
    if (lane.head === job.run) return begin(job, lane);
    lane.jobs.get(job.run)?.entrance.withdraw();
    lane.jobs.set(job.run, job);
    look(name);
  }

  return {
    enter,
    rest(run, name) {
      const lane = lanes.get(name);
      if (lane?.head === run) lane.resting = true;
    },
    leave(run, name) {
      const lane = lanes.get(name);
      if (lane?.head !== run) return;
      lane.head = null;
      look(name);
    },
    forget(run, name) {
      const lane = lanes.get(name);
      if (lane === undefined) return;
      const job = lane.jobs.get(run);
      lane.jobs.delete(run);
      if (lane.head === run) lane.head = null;
      if (lane.jobs.size === 0 && lane.head === null && !lane.asking) lanes.delete(name);
      if (job === undefined) return;
      job.entrance.withdraw();
      room();
    },
    look(name) {
      for (const one of name === null ? lanes.keys() : [name]) look(one);
    },
    restore(name, _head, behind) {
      for (const job of behind) enter(job, name);
    },
    still() {
      let still = 0;
      for (const { jobs, head, resting, asking } of lanes.values()) if (!asking && (head === null || resting)) still += jobs.size;
      return still;
    },
    crowded() {
      // There may be a lane for each of many thousands of parked runs.
      for (const { jobs } of lanes.values()) if (jobs.size > LONGEST_LANE) return true;
      return false;
    },
  };
}
