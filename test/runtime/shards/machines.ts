import { systemClock } from "../../../src/adapters/clock/system.js";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { openPostgres, type Postgres } from "../../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../../src/adapters/store/postgres.js";
import { runGraph } from "../../../src/compiler/run-graph.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { Store } from "../../../src/core/ports/store.js";
import { createRuntime, type Runtime } from "../../../src/runtime/runtime.js";
import { postgresAt } from "../../support/postgres.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";

export interface Process {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly db: Postgres;
}

/** Processes on one schema, each with connections of its own, and one model behind them, which answers when it is told to. */
export function machines(url: string) {
  const settings = postgresAt(url);
  const open: Process[] = [];
  const gate = Promise.withResolvers<null>();
  const events: RunEvent[] = [];
  let heard = (): void => undefined;
  let calls = 0;
  let underWay = 0;
  let most = 0;
  const bus = createMemoryBus(systemClock);
  return {
    open,
    events,
    bus,
    /** Calls at once. */
    most: () => most,
    answer: () => gate.resolve(null),
    calls: () => calls,
    async boot(text: string): Promise<Process> {
      const db = await openPostgres(settings);
      const store = createPostgresStore(db);
      const flows = loadFlows(text);
      const ports = {
        clock: systemClock,
        random: seededRandom(open.length + 1),
        store,
        bus,
        model: async () => ({
          complete: async () => {
            calls += 1;
            underWay += 1;
            most = Math.max(most, underWay);
            heard();
            await gate.promise;
            underWay -= 1;
            return { text: "ok", toolCalls: [], usage: { in: 0, out: 10 }, finish: "stop" as const };
          },
        }),
        tool: () => Promise.reject(new Error("no tools")),
        price: () => null,
        observer: {
          event: (event: RunEvent) => {
            events.push(event);
            heard();
          },
        },
      };
      const runtime = createRuntime({ flows, ports, graphOf: (plan) => runGraph(plan.graph.fused) });
      const made = { runtime, store, db };
      open.push(made);
      await runtime.start();
      return made;
    },
    /** Resolves when it holds; looked at whenever something has happened. */
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        heard = () => void (holds() && resolve());
        heard();
      }),
  };
}

/** What moves from one to the other with a call under way is asked again: so it begins when the shares stand. */
export async function two(all: ReturnType<typeof machines>, text: string): Promise<readonly [Process, Process]> {
  const first = await all.boot(text);
  const second = await all.boot(text);
  const shares = async (): Promise<readonly number[]> => (await second.db.read("SELECT count(*) AS n FROM shards WHERE owner IS NOT NULL GROUP BY owner")).map(({ n }) => Number(n));
  while ((await shares()).join() !== "32,32");
  return [first, second];
}

/** The schema goes with them. `cutOff`: databases that are closed already. */
export async function closeAll({ open, answer }: ReturnType<typeof machines>, cutOff: ReadonlySet<Postgres> = new Set()): Promise<void> {
  answer();
  await Promise.all(open.map(({ runtime }) => runtime.close()));
  const last = open.at(-1);
  await last?.db.write(`DROP SCHEMA ${last.db.schema} CASCADE`);
  for (const { store, db } of open) {
    await store[Symbol.asyncDispose]();
    if (!cutOff.has(db)) await db[Symbol.asyncDispose]();
  }
}
