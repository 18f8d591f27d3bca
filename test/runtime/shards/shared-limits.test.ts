import { afterEach, expect, it } from "vitest";
import type { Postgres } from "../../../src/adapters/postgres/server.js";
import type { RunEvent } from "../../../src/core/event.js";
import { describeOn } from "../../support/servers.js";
import { closeAll, machines, type Process, two } from "./machines.js";

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

describeOn("postgres", "PostgreSQL", (url) => {
  const used: ReturnType<typeof machines>[] = [];
  const cutOff = new Set<Postgres>();
  afterEach(async () => {
    for (const all of used.splice(0)) await closeAll(all, cutOff);
    cutOff.clear();
  });

  async function pair(text = flow("{ tokens: 500, per: day }")): Promise<{ readonly all: ReturnType<typeof machines>; readonly first: Process; readonly second: Process }> {
    const all = machines(url);
    used.push(all);
    const [first, second] = await two(all, text);
    return { all, first, second };
  }
  const budgetOf = async ({ store }: Process): Promise<number> => (await store.budgets({ limit: 1 }))[0]?.tokens ?? 0;

  it("I36: two processes together do not pass a budget over runs", async () => {
    const { all, first, second } = await pair();
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
    const { all, first, second } = await pair();
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
    const { all, second } = await pair(PLACES);
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
