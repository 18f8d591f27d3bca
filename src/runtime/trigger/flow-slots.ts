import { isChild } from "../../core/plan/child-plan.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { Parent, RunEvent } from "../../core/event.js";
import type { RunRow } from "../../core/ports/store.js";
import { siteOf } from "../../core/queues.js";
import type { RunId } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { RuntimePorts } from "../ports.js";
import { concurrencyOf } from "../queue/workers.js";
import type { Shards } from "../shards/shards.js";
import { createLanes, type Lanes } from "./lanes.js";
import { createSharedLanes } from "./shared-lanes.js";
import { createSlots, type Slots } from "./slots.js";
import { type Way, wayOf, wayOfRun } from "./way.js";

/** The slots of every way into a flow and of every queue, and the lanes of each flow. They outlive a version: what runs under the old one counts. */
export interface FlowSlots {
  /** Of runs that come in one way. */
  of(plan: Pick<FlowPlan, "id"> & Partial<FlowPlan>, way: Way): Slots;
  /** Of one site, whichever flows its tasks are of. */
  ofQueue(site: string): Slots;
  /** Where a run that is not in memory waits for its place. `parent`: of one that a step starts, where that is known. */
  ofRun(row: RunRow, parent?: Parent): Promise<Slots>;
  lanesOf(flow: string): Lanes;
  /** Lanes may have new heads that this process drives: one of them, or any. */
  look(lane: string | null): void;
  /** This process's share of what all may run at once is another one (I19). */
  reshare(): void;
  /** Runs that will go on by themselves: without those that rest, and those in a lane behind one. */
  busy(): number;
  /** Nothing begins any more. */
  close(): void;
}

export interface FlowSlotsOptions {
  readonly ports: RuntimePorts;
  readonly shards: Shards;
  /** The version that is served. */
  readonly current: (flow: string) => FlowPlan | undefined;
  /** Runs are started by hand only, as many as their caller likes. */
  readonly driven: boolean;
  /** There may be room for more. */
  readonly room: () => void;
  readonly stopped: () => boolean;
  readonly failed: (cause: unknown) => void;
}

const DEFAULT_CONCURRENCY = 64;
/** Graphs of several nodes keep the loop busy for long: so many begin in one turn. */
const HEAVY_PER_TURN = 4;
const LIGHT_PER_TURN = 64;

export function createFlowSlots({ ports, shards, current, driven, room, stopped, failed }: FlowSlotsOptions): FlowSlots {
  const { store, clock } = ports;
  /** By flow and way in, or by site. */
  const slots = new Map<string, Slots>();
  const lanes = new Map<string, Lanes>();
  const laneHead = (lane: string): Promise<RunId | null> => patiently(clock, stopped, () => store.laneHead(lane));

  function lanesOf(flow: string): Lanes {
    const known = lanes.get(flow) ?? (shards.shared ? createSharedLanes : createLanes)({ laneHead, room, failed });
    lanes.set(flow, known);
    return known;
  }

  function of(plan: Pick<FlowPlan, "id"> & Partial<FlowPlan>, way: Way): Slots {
    const key = JSON.stringify([plan.id, way]);
    const known = slots.get(key);
    if (known !== undefined) return known;
    // How many driven runs there are at once is their caller's affair: one may stand still between two nodes.
    const concurrency = driven ? Infinity : (triggerOf(plan.triggers ?? [], way)?.concurrency ?? DEFAULT_CONCURRENCY);
    const made = createSlots(concurrency, (plan.graph?.fused.nodes.length ?? 1) > 1 ? HEAVY_PER_TURN : LIGHT_PER_TURN, { clock, lanes: lanesOf(plan.id), share: () => shards.share(0), room });
    slots.set(key, made);
    return made;
  }

  function ofQueue(site: string): Slots {
    const key = JSON.stringify({ site });
    // Runs that steps start are in no lane.
    const known = slots.get(key) ?? createSlots(concurrencyOf(ports, siteOf(site).queue), LIGHT_PER_TURN, { clock, lanes: lanesOf(key), share: () => 1, room });
    slots.set(key, known);
    return known;
  }

  /** A run that a step has started: that of a queue counts with the others of its site. */
  async function ofChild({ run, flow }: RunRow, known: Parent | undefined): Promise<Slots> {
    const { queue } = known ?? (await parentOf(run)) ?? {};
    return queue === undefined ? of({ id: flow }, null) : ofQueue(queue);
  }

  async function parentOf(run: RunId): Promise<Parent | undefined> {
    const event = await admissionOf(run);
    return event?.type === "run.admitted" ? event.data.parent : undefined;
  }

  /** How a run came in, where its flow has several ways. */
  async function wayIn({ run, flow }: RunRow): Promise<Way> {
    const [only, ...others] = current(flow)?.triggers ?? [];
    if (only !== undefined && others.length === 0) return wayOf(only);
    const event = await admissionOf(run);
    return event?.type === "run.admitted" ? wayOfRun(event.data) : null;
  }

  const admissionOf = (run: RunId): Promise<RunEvent | undefined> =>
    patiently(clock, stopped, async () => {
      for await (const event of store.read(run, 0)) return event;
      return undefined;
    });

  return {
    of,
    ofQueue,
    ofRun: async (row, parent) => (isChild(row.hash) ? ofChild(row, parent) : of(current(row.flow) ?? { id: row.flow }, await wayIn(row))),
    lanesOf,
    look(lane) {
      for (const one of lanes.values()) one.look(lane);
    },
    reshare() {
      for (const one of slots.values()) one.reshare();
    },
    busy: () => sum([...slots.values()], (one) => one.load()) - sum([...lanes.values()], (one) => one.still()),
    close() {
      for (const one of slots.values()) one.close();
    },
  };
}

const triggerOf = (triggers: readonly TriggerPlan[], way: Way): TriggerPlan | undefined => triggers.find((trigger) => wayOf(trigger) === way);
const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);
