import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";
import { serving, type Serving } from "../support/serving.js";

/** Writes down its key, its order and the process, as a provider that knows idempotency keys. */
const TOOLS = `import { appendFileSync, readFileSync } from "node:fs";
export async function book({ id, part }, { key }) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (!readFileSync("ledger", "utf8").includes(key)) appendFileSync("ledger", [key, id + "/" + part, process.pid].join(" ") + "\\n");
  return { id };
}
`;
const TOOL = `tools: { book: { module: ./tools.mjs#book, input: { fields: { id: string, part: string } }, output: { fields: { id: string } }, effect: write, idempotency: key } }`;
const ORDERS = `flowctl: v1
flow: orders
${TOOL}
on: { http: { method: POST, path: /orders } }
input: { fields: { id: string } }
steps:
  - { tool: book, with: { id: "\${input.id}", part: first } }
  - { wait: 6s }
  - { tool: book, with: { id: "\${input.id}", part: second } }
`;
const ASKS = `flowctl: v1
flow: asks
${TOOL}
on: { http: { method: POST, path: /asks } }
input: { fields: { id: string } }
steps:
  - { id: ok, ask: { question: "Book it?", output: { fields: { approved: boolean } } } }
  - { tool: book, with: { id: "\${input.id}", part: asked } }
`;

describeOn("postgres", "processes on one store", (url) => {
  const opened: Postgres[] = [];
  const processes: Serving[] = [];
  afterEach(async () => {
    for (const one of processes.splice(0)) {
      thaw(one.pid);
      await one.kill();
    }
    for (const db of opened.splice(0)) {
      await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
      await db[Symbol.asyncDispose]();
    }
  });

  async function project(): Promise<{ readonly cwd: string; readonly db: Postgres }> {
    const settings = postgresAt(url);
    const { user, host, port, database, schema } = settings;
    const store = `{ kind: postgres, url: "postgresql://${user}@${host}:${port}/${database}", schema: ${schema} }`;
    const cwd = folderWith({ "tools.mjs": TOOLS, "orders.yaml": ORDERS, "asks.yaml": ASKS, ledger: "", "flowctl.yaml": `store: ${store}\nhttp: { listen: "127.0.0.1:0" }\n` });
    const db = await openPostgres(settings);
    opened.push(db);
    return { cwd, db };
  }
  async function worker(cwd: string): Promise<{ readonly process: Serving; readonly address: string }> {
    const process = await serving(cwd);
    processes.push(process);
    await process.says("requests at ");
    return { process, address: /requests at (\S+)/.exec(process.stderr())?.[1] ?? "" };
  }
  /** How many shards each owner has that is there, least first. */
  const shares = async (db: Postgres): Promise<readonly number[]> =>
    (await db.read("SELECT count(*) AS n FROM shards JOIN workers USING (owner) WHERE until > clock_timestamp() GROUP BY owner ORDER BY n")).map(({ n }) => Number(n));
  const begin = (address: string, flow: string, id: string): void =>
    void fetch(`${address}/${flow}`, { method: "POST", body: JSON.stringify({ id }), headers: { "content-type": "application/json", "idempotency-key": id } }).catch(() => undefined);
  const count = async (db: Postgres, condition: string): Promise<number> => Number((await db.read(`SELECT count(*) AS n FROM runs WHERE ${condition}`))[0]?.["n"]);
  const ledger = (cwd: string): readonly string[] => readFileSync(join(cwd, "ledger"), "utf8").trimEnd().split("\n").map((line) => line.split(" ")[1] ?? "").toSorted();
  const both = (ids: readonly string[]): readonly string[] => ids.flatMap((id) => [`${id}/first`, `${id}/second`]).toSorted();
  async function until(holds: () => Promise<boolean>): Promise<number> {
    const from = performance.now();
    while (!(await holds())) await pause(20);
    return performance.now() - from;
  }

  test("they share the shards; runs, timers and answers of one that was killed go on in the other", { timeout: 120_000 }, async () => {
    const { cwd, db } = await project();
    const first = await worker(cwd);
    expect(await shares(db)).toEqual([64]);
    const second = await worker(cwd);
    await until(async () => (await shares(db)).join() === "32,32");
    const ids = Array.from({ length: 40 }, (_, at) => `o${at}`);
    // Each takes requests for shards of the other too.
    for (const [at, id] of ids.entries()) begin((at % 2 === 0 ? first : second).address, "orders", id);
    for (let at = 0; at < 8; at += 1) begin((at % 2 === 0 ? first : second).address, "asks", `a${at}`);
    await until(async () => (await count(db, "state = 'parked'")) === 48);
    await first.process.kill();
    const asking = await db.read("SELECT id FROM runs WHERE flow = 'asks'");
    const answered = Promise.all(asking.map(({ id }) => flowctl(["runs", "approve", String(id)], { cwd })));
    const took = await until(async () => (await shares(db)).join() === "64");
    expect(took).toBeLessThan(12_000);
    expect((await answered).map(({ status, stderr }) => [status, stderr])).toEqual(asking.map(() => [0, ""]));
    await until(async () => (await count(db, "state = 'completed'")) === 48);
    expect(ledger(cwd)).toEqual([...both(ids), ...Array.from({ length: 8 }, (_, at) => `a${at}/asked`)].toSorted());
    const doctor = await flowctl(["doctor"], { cwd });
    expect(doctor.stdout).toContain("1 process shares the runs\n");
  });

  test("one that is stopped gives its shards in under a second", { timeout: 60_000 }, async () => {
    const { cwd, db } = await project();
    const first = await worker(cwd);
    const second = await worker(cwd);
    await until(async () => (await shares(db)).join() === "32,32");
    // Nobody waits for an answer of the one that is stopped, but half of the runs are its own.
    for (let at = 0; at < 20; at += 1) begin(second.address, "orders", `o${at}`);
    await until(async () => (await count(db, "state = 'parked'")) === 20);
    const stopping = first.process.terminate();
    expect(await until(async () => (await shares(db)).join() === "64")).toBeLessThan(1000);
    expect(await stopping).toBe(0);
    await until(async () => (await count(db, "state = 'completed'")) === 20);
    expect(ledger(cwd)).toEqual(both(Array.from({ length: 20 }, (_, at) => `o${at}`)));
  });

  test("I16: one that was frozen commits nothing, and has its share again", { timeout: 120_000 }, async () => {
    const { cwd, db } = await project();
    const first = await worker(cwd);
    const second = await worker(cwd);
    await until(async () => (await shares(db)).join() === "32,32");
    const ids = Array.from({ length: 60 }, (_, at) => `o${at}`);
    for (const [at, id] of ids.entries()) begin((at % 2 === 0 ? first : second).address, "orders", id);
    await until(async () => (await count(db, "state = 'parked'")) === 60);
    process.kill(first.process.pid, "SIGSTOP");
    await until(async () => (await shares(db)).join() === "64");
    await until(async () => (await count(db, "state = 'completed'")) === 60);
    process.kill(first.process.pid, "SIGCONT");
    await until(async () => (await shares(db)).join() === "32,32");
    begin(first.address, "orders", "later");
    await until(async () => (await count(db, "state = 'completed'")) === 61);
    expect(ledger(cwd)).toEqual(both([...ids, "later"]));
    expect(await count(db, "state <> 'completed'")).toBe(0);
  });
});

/** One that was killed is none any more. */
function thaw(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}
