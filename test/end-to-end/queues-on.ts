import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn, type ServerName } from "../support/servers.js";
import { serving, type Serving } from "../support/serving.js";

interface OnBroker {
  readonly name: ServerName;
  /** A topic that nobody has used: a flow is called so. */
  unused(): string;
  /** Also what is the same on every broker. */
  readonly alike?: true;
}

/** Writes down its key once, as a provider that knows idempotency keys; slow ones wait for a file. */
const TOOLS = `import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
export async function book({ id }, { key }) {
  appendFileSync("begun", [id, process.pid].join(" ") + "\\n");
  while (id.startsWith("slow") && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
  if (!readFileSync("ledger", "utf8").includes(key)) appendFileSync("ledger", [key, id, process.pid].join(" ") + "\\n");
  return { id: "booked " + id };
}
export async function watch({ id }, { signal }) {
  appendFileSync("begun", [id, process.pid].join(" ") + "\\n");
  if (!signal.aborted) await once(signal, "abort");
  appendFileSync("told", [id, process.pid].join(" ") + "\\n");
  return { id };
}
`;

/** Queues over processes: one that orchestrates, workers, a store on PostgreSQL, and that broker between them. */
export function queuesOn({ name, unused, alike }: OnBroker): void {
  describeOn("postgres", `queues over PostgreSQL and ${name}`, (store) =>
    describeOn(name, `on ${name}`, (broker) => {
      const opened: Postgres[] = [];
      const processes: Serving[] = [];
      afterEach(async () => {
        for (const one of processes.splice(0)) await one.kill();
        for (const db of opened.splice(0)) {
          await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
          await db[Symbol.asyncDispose]();
        }
      });

      async function project(queue: string): Promise<{ readonly cwd: string; readonly db: Postgres; readonly tasks: string }> {
        const settings = postgresAt(store);
        const { user, host, port, database, schema } = settings;
        const flow = unused().replaceAll(".", "-");
        const cwd = folderWith({
          "tools.mjs": TOOLS,
          begun: "",
          told: "",
          ledger: "",
          "flow.yaml": `flowctl: v1
flow: ${flow}
tools: { book: { module: ./tools.mjs#book, input: { fields: { id: string, site: string } }, output: { fields: { id: string } }, effect: write, idempotency: key } }
on: { http: { method: POST, path: /orders } }
input: { fields: { id: string, site: string } }
steps:
  - { id: booked, tool: book, queue: ${queue} }
value: "\${steps.booked.id}"
---
flowctl: v1
flow: ${flow}-watch
tools: { watch: { module: ./tools.mjs#watch, input: { fields: { id: string, site: string } }, output: { fields: { id: string } }, effect: read } }
on: { http: { method: POST, path: /watches } }
input: { fields: { id: string, site: string } }
steps:
  - { id: watched, tool: watch, queue: ${queue} }
`,
          "flowctl.yaml": `store: { kind: postgres, url: "postgresql://${user}@${host}:${port}/${database}", schema: ${schema} }
broker: { kind: ${name}, url: "${broker.replace(/^kafka:\/\//, "")}" }
http: { listen: "127.0.0.1:0" }
queues: { far: { topic: ${flow}.tasks, keys: [a, b] } }
flows: [flow.yaml]
`,
        });
        const db = await openPostgres(settings);
        opened.push(db);
        expect((await flowctl(["topics", "apply", "--yes"], { cwd })).status).toBe(0);
        return { cwd, db, tasks: `${flow}.tasks` };
      }
      async function start(cwd: string, part: string): Promise<Serving> {
        const process = await serving(cwd, ["--only", part]);
        processes.push(process);
        return process;
      }
      async function orchestrator(cwd: string): Promise<{ readonly process: Serving; readonly address: string }> {
        const process = await start(cwd, "orchestrate");
        await process.says("requests at ");
        return { process, address: /requests at (\S+)/.exec(process.stderr())?.[1] ?? "" };
      }
      const order = (address: string, id: string, site = "a", at = "orders"): Promise<string> =>
        fetch(`${address}/${at}`, { method: "POST", body: JSON.stringify({ id, site }), headers: { "content-type": "application/json", "idempotency-key": id } }).then((response) => response.text());
      const lines = (cwd: string, file: string): readonly (readonly string[])[] => readFileSync(join(cwd, file), "utf8").trimEnd().split("\n").filter((line) => line !== "").map((line) => line.split(" "));
      async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
        while (!(await holds())) await pause(20);
      }
      const count = async (db: Postgres, condition: string): Promise<number> => Number((await db.read(`SELECT count(*) AS n FROM runs WHERE ${condition}`))[0]?.["n"]);

      test("tasks go to the workers of their site, and their values come back", { timeout: 90_000 }, async () => {
        const { cwd, db } = await project('{ name: far, key: "${input.site}" }');
        const { address } = await orchestrator(cwd);
        const [a, b] = [await start(cwd, "queue:far.a"), await start(cwd, "queue:far.b")];
        const ids = Array.from({ length: 10 }, (_, at) => `o${at}`);
        const answers = await Promise.all(ids.map((id, at) => order(address, id, at % 2 === 0 ? "a" : "b")));
        expect(answers).toEqual(ids.map((id) => JSON.stringify(`booked ${id}`)));
        const ledger = lines(cwd, "ledger");
        expect(ledger.map(([, id]) => id).toSorted()).toEqual(ids);
        expect(ledger.every(([, id = "", pid]) => pid === String(Number(id.slice(1)) % 2 === 0 ? a.pid : b.pid))).toBe(true);
        expect(await count(db, "state = 'completed'")).toBe(20);
      });

      test("workers that are killed, one with tasks that it has not begun and one in mid-work: another one does them, and each effect is there once", { timeout: 180_000 }, async () => {
        const { cwd, db, tasks } = await project("far");
        const [{ process: first, address }, frozen, dead, left] = await Promise.all([orchestrator(cwd), start(cwd, "queue:far"), start(cwd, "queue:far"), start(cwd, "queue:far")]);
        const ids: string[] = [];
        const answers: Promise<string>[] = [];
        const send = (id: string): void => {
          ids.push(id);
          answers.push(order(address, id));
        };
        const begun = (pid?: number): readonly string[] => lines(cwd, "begun").filter(([, by]) => pid === undefined || by === String(pid)).map(([id = ""]) => id);
        // One that has just done a task asks for the next one.
        while (begun(frozen.pid).length === 0) {
          send(`o${ids.length}`);
          await answers.at(-1);
        }
        process.kill(frozen.pid, "SIGSTOP");
        // Until one worker is at work, and there are tasks that one which stands still has taken, or nobody; `topics lag` counts them.
        const slow = (): readonly string[] => begun(dead.pid).filter((id) => id.startsWith("slow"));
        for (let lag = 0; slow().length === 0 || lag === 0; ) {
          for (let more = 0; more < 4; more += 1) send(`slow${ids.length}`);
          const { stdout } = await flowctl(["topics", "lag", "-o", "json"], { cwd });
          const { lags }: { readonly lags: readonly { readonly topic: string; readonly group: string; readonly lag: number }[] } = JSON.parse(stdout);
          lag = lags.find(({ topic, group }) => topic === tasks && group === "flowctl.task.far")?.lag ?? 0;
        }
        const had = slow();
        await Promise.all([frozen.kill(), dead.kill()]);
        writeFileSync(join(cwd, "go"), "");
        expect(await Promise.all(answers)).toEqual(ids.map((id) => JSON.stringify(`booked ${id}`)));
        const ledger = lines(cwd, "ledger");
        expect(ledger.map(([, id]) => id).toSorted()).toEqual(ids.toSorted());
        expect(had.length).toBeGreaterThan(0);
        for (const id of had) expect(ledger.find(([, one]) => one === id)?.[2]).toBe(String(left.pid));
        expect(ledger.filter(([, id = "", pid]) => pid === String(first.pid) || (pid === String(frozen.pid) && id.startsWith("slow")))).toEqual([]);
        expect(await count(db, "state = 'completed'")).toBe(ids.length * 2);
        // A person cancels the order: the worker's tool is told.
        const watching = order(address, "w", "a", "watches");
        await until(() => begun(left.pid).includes("w"));
        // It lingers before it rests.
        await until(async () => (await count(db, "state = 'parked'")) === 1);
        const [watched] = await db.read("SELECT id FROM runs WHERE state = 'parked'");
        expect((await flowctl(["runs", "cancel", String(watched?.["id"])], { cwd })).status).toBe(0);
        expect(await watching).toContain("cancelled");
        // The run does not wait for its worker.
        await until(() => lines(cwd, "told").length > 0);
        expect(lines(cwd, "told")).toEqual([["w", String(left.pid)]]);
        await until(async () => (await count(db, "state = 'cancelled'")) === 2);
        if (alike !== true) return;
        // Nobody is left: what waits is said, and withdrawn with its run.
        await left.terminate();
        const waiting = order(address, "late");
        await first.says("nobody serves the queue `far`");
        expect((await flowctl(["doctor"], { cwd })).stdout).toContain("nobody serves `far`");
        await until(async () => (await count(db, "state = 'parked'")) === 1);
        const [run] = await db.read("SELECT id FROM runs WHERE state = 'parked'");
        expect((await flowctl(["runs", "show", String(run?.["id"])], { cwd })).stdout).toMatch(/^booked waits for run \w+, which nobody has begun$/m);
        expect((await flowctl(["runs", "cancel", String(run?.["id"])], { cwd })).status).toBe(0);
        await until(async () => (await count(db, "state = 'cancelled'")) === 4);
        expect(await waiting).toContain("cancelled");
        expect(lines(cwd, "begun").some(([id]) => id === "late")).toBe(false);
      });
    }),
  );
}
