import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";
import { serving, type Serving } from "../support/serving.js";

/** Writes down when it begins and ends, and in which process; what it has done it does not do again. */
const TOOLS = `import { appendFileSync, readFileSync } from "node:fs";
export async function work({ of, key, n }, { key: call }) {
  const line = (what) => appendFileSync("ledger", [what, of, key, n, process.pid, call].join(" ") + "\\n");
  line("begin");
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (!readFileSync("ledger", "utf8").includes("done " + [of, key, n].join(" ") + " ")) line("done");
  line("end");
  return { n };
}
`;
const TOOL = "tools: { work: { module: ./tools.mjs#work, input: { fields: { of: string, key: string, n: integer } }, output: { fields: { n: integer } }, effect: write, idempotency: key } }";
const MESSAGE = "{ fields: { key: string, n: integer } }";
const work = (of: string) => `{ tool: work, with: { of: ${of}, key: "\${input.key}", n: "\${input.n}" } }`;
/** What is used by others on the same server has other names. */
const flows = (topic: string): Readonly<Record<string, string>> => ({
  "lanes.yaml": `flowctl: v1\nflow: lanes\ntopics: { ${topic}.lanes: { message: ${MESSAGE}, key: msg.key } }\n${TOOL}\non: { topic: ${topic}.lanes, from: earliest, ordering: key }\nsteps: [ ${work("lanes")} ]\n`,
  "locks.yaml": `flowctl: v1\nflow: locks\ntopics: { ${topic}.locks: { message: ${MESSAGE}, key: msg.key } }\n${TOOL}\non: { topic: ${topic}.locks, from: earliest }\nlock: input.key\nsteps: [ ${work("locks")} ]\n`,
  "tree.yaml": `flowctl: v1\nflow: tree\ntopics: { ${topic}.tree: { message: ${MESSAGE}, key: msg.key } }\n${TOOL}\non: { topic: ${topic}.tree, from: earliest }\ninput: ${MESSAGE}\noutput: integer\nlimits: { depth: 3 }\nsteps:\n  - ${work("tree")}\n  - id: below\n    map: { over: "input.n > 9 ? [] : [1, 2]", as: child, rest: finish }\n    do: [ { call: tree, with: { key: "\${input.key}", n: "\${input.n * 10 + child}" } } ]\nvalue: "\${1 + steps.below.sum()}"\n`,
});
const [LANES, LOCKS, TREES] = [48, 24, 6];
const RUNS = LANES + LOCKS + TREES * 3;

interface Line {
  readonly what: string;
  readonly key: string;
  readonly n: number;
  readonly pid: number;
}

describeOn("nats", "processes that share lanes, locks and calls", (broker) => {
  describeOn("postgres", "of one store", (url) => {
    let cwd = "";
    let db: Postgres;
    let killed = 0;
    const processes: Serving[] = [];

    // Three serve, one is killed in the middle: what they did is looked at below.
    beforeAll(async () => {
      const settings = postgresAt(url);
      const { user, host, port, database, schema } = settings;
      const topic = `test.t${randomUUID().slice(0, 8)}`;
      cwd = mkdtempSync(join(tmpdir(), "flowctl-cli-"));
      const files = { "tools.mjs": TOOLS, ledger: "", ...flows(topic), "flowctl.yaml": `store: { kind: postgres, url: "postgresql://${user}@${host}:${port}/${database}", schema: ${schema} }\nbroker: { kind: nats, url: "${broker}" }\n` };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
      db = await openPostgres(settings);
      const made = await flowctl(["topics", "apply", "--yes"], { cwd });
      expect(made.status, made.stderr).toBe(0);
      processes.push(...(await Promise.all([serving(cwd), serving(cwd), serving(cwd)])));
      const feed = (name: string, count: number, keys: number) => flowctl(["topics", "publish", `${topic}.${name}`, JSON.stringify(Array.from({ length: count }, (_, at) => ({ key: `k${at % keys}`, n: at + 1 })))], { cwd });
      for (const fed of await Promise.all([feed("lanes", LANES, 4), feed("locks", LOCKS, 2), feed("tree", TREES, 3)])) expect(fed.status, fed.stderr).toBe(0);
      const [first] = processes;
      killed = first?.pid ?? 0;
      while (lines().filter(({ what, pid }) => what === "done" && pid === killed).length < 4) await pause(10);
      await first?.kill();
      while (Number((await db.read("SELECT count(*) AS n FROM runs WHERE state = 'completed'"))[0]?.["n"]) < RUNS) await pause(50);
    }, 180_000);
    afterAll(async () => {
      for (const one of processes) await one.kill();
      await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
      await db[Symbol.asyncDispose]();
      rmSync(cwd, { recursive: true, force: true });
    });

    const lines = (of?: string): readonly Line[] =>
      readFileSync(join(cwd, "ledger"), "utf8").trimEnd().split("\n").map((line) => line.split(" ")).flatMap(([what = "", whose, key = "", n, pid]) => (of === undefined || whose === of ? [{ what, key, n: Number(n), pid: Number(pid) }] : []));
    const keysOf = (of: string): readonly string[] => [...new Set(lines(of).map(({ key }) => key))];
    /** Two runs that were at work for one key at the same time; what the killed process did not end it did not go on with. */
    function together(of: string): readonly string[] {
      const all = lines(of);
      const ended = new Set(all.filter(({ what }) => what === "end").map(({ n, pid }) => `${n} ${pid}`));
      const busy = new Map<string, Line>();
      const found: string[] = [];
      for (const line of all) {
        if (line.pid === killed && !ended.has(`${line.n} ${line.pid}`)) continue;
        const other = busy.get(line.key);
        if (line.what === "begin") {
          if (other !== undefined && other.n !== line.n) found.push(`${line.key}: ${other.n} and ${line.n}`);
          busy.set(line.key, line);
        } else if (line.what === "end") busy.delete(line.key);
      }
      return found;
    }
    const done = (of: string): readonly number[] => lines(of).filter(({ what }) => what === "done").map(({ n }) => n);

    test("I18: runs of one key come one after the other in the order of their messages, whoever drives them, and each is done once", () => {
      expect(together("lanes")).toEqual([]);
      for (const key of keysOf("lanes")) {
        const order = lines("lanes").filter((line) => line.what === "done" && line.key === key).map(({ n }) => n);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
      expect(done("lanes").toSorted((a, b) => a - b)).toEqual(Array.from({ length: LANES }, (_, at) => at + 1));
      expect(new Set(lines("lanes").map(({ pid }) => pid)).size).toBeGreaterThan(1);
    });
    test("a lock has one holder over all processes, also when one that had it is gone", () => {
      expect(together("locks")).toEqual([]);
      expect(done("locks").toSorted((a, b) => a - b)).toEqual(Array.from({ length: LOCKS }, (_, at) => at + 1));
    });
    test("runs that runs have started end in their callers, each once", async () => {
      const values = (await db.read("SELECT count(*) AS n FROM runs WHERE flow = 'tree'"))[0]?.["n"];
      expect(Number(values)).toBe(TREES * 3);
      expect(done("tree").toSorted((a, b) => a - b)).toEqual(Array.from({ length: TREES }, (_, at) => at + 1).flatMap((n) => [n, n * 10 + 1, n * 10 + 2]).toSorted((a, b) => a - b));
    });
  });
});
