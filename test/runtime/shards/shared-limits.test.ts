import { afterEach, expect, it } from "vitest";
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
import { describeOn } from "../../support/servers.js";

const flow = (budget: string): string => `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { n: integer } }
models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }
agents: { a: { model: m, instructions: "x", input: { fields: { n: integer } } } }
budget: ${budget}
policies: { once: { retry: { max: 1 } } }
steps: [ { agent: a, with: { n: "\${input.n}" }, policy: once } ]
value: "\${input.n}"
`;

const PLACES = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } } }
on: { topic: in, concurrency: 4 }
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { a: { model: m, instructions: "x", input: { fields: { n: integer } } } }
steps: [ { agent: a, with: { n: "\${input.n}" } } ]
value: 1
`;

interface Process {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly db: Postgres;
}

/** Processes on one schema, each with connections of its own, and one model behind them, which answers when it is told to. */
function machines(url: string) {
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

describeOn("postgres", "PostgreSQL", (url) => {
  const used: ReturnType<typeof machines>[] = [];
  const cutOff = new Set<Postgres>();
  afterEach(async () => {
    for (const { open, answer } of used.splice(0)) {
      answer();
      await Promise.all(open.map(({ runtime }) => runtime.close()));
      const last = open.at(-1);
      await last?.db.write(`DROP SCHEMA ${last.db.schema} CASCADE`);
      for (const { store, db } of open) {
        await store[Symbol.asyncDispose]();
        if (!cutOff.delete(db)) await db[Symbol.asyncDispose]();
      }
    }
  });

  /** What moves from one to the other with a call under way is asked again: so it begins when the shares stand. */
  async function two(text = flow("{ tokens: 500, per: day }")): Promise<{ readonly all: ReturnType<typeof machines>; readonly first: Process; readonly second: Process }> {
    const all = machines(url);
    used.push(all);
    const first = await all.boot(text);
    const second = await all.boot(text);
    const shares = async (): Promise<readonly number[]> => (await second.db.read("SELECT count(*) AS n FROM shards WHERE owner IS NOT NULL GROUP BY owner")).map(({ n }) => Number(n));
    while ((await shares()).join() !== "32,32");
    return { all, first, second };
  }
  const budgetOf = async ({ store }: Process): Promise<number> => (await store.budgets({ limit: 1 }))[0]?.tokens ?? 0;

  it("I36: two processes together do not pass a budget over runs", async () => {
    const { all, first, second } = await two();
    const refused = (): number => all.events.filter(({ type, data }) => type === "step.decided" && data.what === "budget").length;
    const ends = Promise.all(Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? first : second).runtime.manual("f", { n })));
    await all.until(() => all.calls() + refused() === 12);
    const held = await budgetOf(second);
    // Each may cost 100 and its input: as many as fit are under way, whoever asked.
    expect(held).toBeLessThanOrEqual(500);
    expect(all.calls()).toBe(Math.floor(500 / (held / all.calls())));
    all.answer();
    expect((await ends).filter(({ status }) => status === "completed")).toHaveLength(all.calls());
    expect(await budgetOf(second)).toBe(all.calls() * 10);
  });

  it("I36: what a dead process held back counts until somebody settles it", async () => {
    const { all, first, second } = await two();
    first.runtime.manual("f", { n: 1 }).catch(() => undefined);
    await all.until(() => all.calls() === 1);
    const held = await budgetOf(second);
    expect(held).toBeGreaterThan(100);
    const [row] = await second.db.read("SELECT owner FROM shards JOIN runs USING (shard)");
    // It reaches the store no more, and its lease is over.
    cutOff.add(first.db);
    await first.db[Symbol.asyncDispose]();
    expect(await budgetOf(second)).toBe(held);
    await second.store.sharing?.leave(String(row?.["owner"]));
    await all.until(() => all.calls() === 2);
    // The lost call stays at what it can have cost, and the one that is made again holds as much.
    expect(await budgetOf(second)).toBe(2 * held);
    all.answer();
    await all.until(() => all.events.some(({ type }) => type === "run.finished"));
    expect(await budgetOf(second)).toBe(held + 10);
  });

  it("I19: two processes together run as many at once as the trigger says", async () => {
    const { all, second } = await two(PLACES);
    const epochs = async (): Promise<string> => JSON.stringify(await second.db.read("SELECT sum(epoch) AS taken FROM shards"));
    const before = await epochs();
    const seen = (type: RunEvent["type"]): number => all.events.filter((event) => event.type === type).length;
    await all.bus.publish(Array.from({ length: 40 }, (_, n) => ({ topic: "in", key: null, id: `m${n}`, headers: {}, body: JSON.stringify({ n }) })));
    await all.until(() => seen("run.admitted") === 40 && all.calls() >= 4);
    // More would have begun by then.
    for (let turn = 0; turn < 100; turn += 1) await second.db.read("SELECT 1");
    all.answer();
    await all.until(() => seen("run.finished") === 40);
    // On a machine that stands still for as long as a lease one takes the other's shards, and its places.
    expect(all.most()).toBeLessThanOrEqual((await epochs()) === before ? 4 : 8);
  });
});
