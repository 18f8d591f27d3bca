import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { RunEvent } from "../../../src/core/event.js";
import { childPlans } from "../../../src/core/plan/child-plan.js";
import type { RunRow } from "../../../src/core/ports/store.js";
import { repliedKey } from "../../../src/runtime/request/reply.js";
import { createRuntime } from "../../../src/runtime/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { turns } from "../../support/virtual-clock.js";
import { createChance } from "../chance.js";
import { graphOf, type Remains } from "../simulate.js";
import { createSchedule } from "../world/schedule.js";
import { createSharedStore } from "../world/shared-store.js";

const MOST_STEPS = 300;

/** The journals without their ends, in a world without tools and models: each run ends as it did, and nothing is called (I5, I7). */
export async function replayProblems({ flows, subject, events, rows, seed, profile }: Remains): Promise<readonly string[]> {
  const problems: string[] = [];
  const schedule = createSchedule(createChance(seed, "replay"), () => 0);
  const alone = createMemoryStore();
  // Runs of queues lie in shards of their own where processes share the store.
  const store = profile.beside === 0 ? alone : createSharedStore(alone, { schedule, chance: createChance(seed, "news"), profile, isCalm: () => true, count: () => undefined }).seenBy(0);
  const parts = rows.flatMap((row) => {
    const list = events.get(row.run) ?? [];
    const end = list.findLastIndex(({ type }) => type === "run.finished");
    return end < 0 || isWithdrawn(list) ? [] : [{ row, past: list.slice(0, end), end: list[end] }];
  });
  for (const { plan } of flows) for (const one of [plan, ...childPlans(plan)]) await store.putPlan(one);
  for (const { row, past } of parts) {
    const open: RunRow = { ...row, status: null, waits: [], finishedAt: null, lane: null, error: null };
    await store.commit([{ run: row.run, expectedSeq: -1, entryId: "past", fence: null, events: past, index: [{ op: "run.row", row: open }] }]);
  }
  // Those of an older version are connected before anything of its runs.
  const absent = (name: string) => (): Promise<never> => {
    problems.push(`replay calls ${name}`);
    return new Promise<never>(() => undefined);
  };
  const runtime = createRuntime({
    flows: subject.flows ?? [],
    ports: { clock: schedule.clock, random: seededRandom(seed + 1), store, bus: createMemoryBus(schedule.clock), model: async (_, name) => ({ complete: absent(name) }), tool: async (_, name) => ({ call: absent(name), [Symbol.asyncDispose]: async () => undefined }), price: () => ({ in: 1, out: 1 }), observer: { event: () => undefined } },
    graphOf: (plan) => graphOf(flows, plan),
    fed: true,
  });
  runtime.broken.catch((thrown: unknown) => problems.push(`replay ends the runtime: ${String(thrown)}`));
  runtime.start().catch((thrown: unknown) => problems.push(`replay does not start: ${String(thrown)}`));
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { running, parked } = await store.counts();
    if (running + parked === 0 || problems.length > 0) break;
    // What is recorded needs no time.
    await turns(20);
    await schedule.step();
  }
  for (const { row, past, end } of parts) {
    const list: RunEvent[] = [];
    for await (const event of store.read(row.run, past.length)) list.push(event);
    // What answered publishes its answer again, and one that never heard it takes it.
    const made = list.filter((event) => event.type !== "run.owned" && !(event.type === "signal.received" && repliedKey(event.data.name) !== null));
    const [only] = made;
    if (only === undefined || end === undefined) problems.push(`${row.run}: replay does not end`);
    else if (made.length > 1 || only.type !== "run.finished") problems.push(`${row.run}: replay appends ${made.map(({ type, path = "", data }) => `${type} ${path} ${type === "run.finished" ? "" : JSON.stringify(data)}`).join(", ")}`);
    else if (JSON.stringify(only.data) !== JSON.stringify(end.data)) problems.push(`${row.run}: replay ends as ${JSON.stringify(only.data)}, not ${JSON.stringify(end.data)}`);
  }
  await runtime.close().catch(() => undefined);
  return problems;
}

/** The run of a task that nobody has begun, and nobody shall. */
function isWithdrawn(list: readonly RunEvent[]): boolean {
  const [admitted] = list;
  return admitted?.type === "run.admitted" && admitted.data.parent !== undefined && admitted.data.input === null && !list.some(({ type }) => type === "run.started");
}
