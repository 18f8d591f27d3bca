import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";
import { serving } from "../support/serving.js";

const flow = (topic: string): string => `flowctl: v1
flow: f
topics: { ${topic}: { message: { fields: { a: integer } } } }
on: { topic: ${topic}, from: earliest }
input: { fields: { a: integer } }
output: integer
steps: [ { id: s, set: { b: input.a + 1 } } ]
value: "\${input.a + 1}"
`;

describeOn("nats", "commands beside processes that share a store", (broker) => {
  describeOn("postgres", "on PostgreSQL", (url) => {
    const opened: Postgres[] = [];
    afterEach(async () => {
      for (const db of opened.splice(0)) {
        await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
        await db[Symbol.asyncDispose]();
      }
    });
    /** What others use on the same server has other names. */
    async function project(): Promise<{ readonly cwd: string; readonly topic: string }> {
      const settings = postgresAt(url);
      const { user, host, port, database, schema } = settings;
      opened.push(await openPostgres(settings));
      const topic = `test-${randomUUID().slice(0, 8)}`;
      const cwd = folderWith({ "flow.yaml": flow(topic), "flowctl.yaml": `store: { kind: postgres, url: "postgresql://${user}@${host}:${port}/${database}", schema: ${schema} }\nbroker: { kind: nats, url: "${broker}" }\n` });
      expect(await flowctl(["topics", "apply", "--yes"], { cwd })).toMatchObject({ status: 0 });
      return { cwd, topic };
    }

    test("topics publish says that nobody serves where nobody does", async () => {
      const { cwd, topic } = await project();
      const publish = () => flowctl(["topics", "publish", topic, '{"a":1}'], { cwd });
      expect(await publish()).toMatchObject({ status: 0, stdout: `1 message to ${topic}; nobody serves now\n` });
      await using process = await serving(cwd);
      expect(await publish()).toMatchObject({ status: 0, stdout: `1 message to ${topic}\n` });
      await process.stop();
      expect(await publish()).toMatchObject({ status: 0, stdout: `1 message to ${topic}; nobody serves now\n` });
    });

    test("commands make no schema: it is the user's that serves", async () => {
      const { cwd, topic } = await project();
      const [db] = opened;
      const schemas = async () => (await db?.write("SELECT nspname FROM pg_namespace WHERE nspname = $1", [db.schema]))?.length;
      await db?.write(`DROP SCHEMA ${db.schema} CASCADE`);
      const run = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
      for (const words of [["runs", "list"], ["runs", "show", run], ["runs", "cancel", run], ["dlq", "list"]]) {
        expect(await flowctl(words, { cwd }), words.join(" ")).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/FC6052: There are no runs here yet: .*\n.*`flowctl run` makes them/) });
      }
      expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringMatching(/ok {3}store: .* is not there yet: `flowctl run` makes it\n/) });
      expect(await flowctl(["topics", "publish", topic, '{"a":1}'], { cwd })).toMatchObject({ status: 0, stdout: `1 message to ${topic}; nobody serves now\n` });
      expect(await schemas()).toBe(0);
      await using _ = await serving(cwd);
      expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 0 });
    });

    test("I38: commands leave a schema of an older version as it is: its processes could not be started again", async () => {
      const { cwd } = await project();
      const [db] = opened;
      const layout = async () => (await db?.read("SELECT version FROM layout"))?.[0]?.["version"];
      const now = Number(await layout());
      // What the last step of the migration makes.
      await db?.write("DROP STATISTICS runs_states_of_flows");
      await db?.write("UPDATE layout SET version = $1", [now - 1]);
      for (const words of [["runs", "list"], ["dlq", "list"], ["topics", "list"]]) expect(await flowctl(words, { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6052[^]*older flowctl[^]*flowctl run/) });
      expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringMatching(/MISS store: .*older flowctl/) });
      expect(await layout()).toBe(now - 1);
      await using _ = await serving(cwd);
      expect(await layout()).toBe(now);
      expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 0 });
    });

    test("run -i feeds no topic that others would read, and runs by hand beside them", async () => {
      const { cwd, topic } = await project();
      const feed = () => flowctl(["run", "-i", '{"a":1}'], { cwd });
      expect(await feed()).toMatchObject({ status: 0, stderr: expect.stringMatching(/runs: +1 \(1 completed/) });
      await using process = await serving(cwd);
      expect(await feed()).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/FC6058: Another process serves[^]*topics publish/) });
      expect((await flowctl(["topics", "tail", topic, "-o", "json"], { cwd })).stdout.trim().split("\n")).toHaveLength(1);
      const byHand = await flowctl(["run", "-i", 'f={"a":1}'], { cwd });
      expect(byHand).toMatchObject({ status: 0, stdout: expect.stringContaining('"output":2') });
      await process.stop();
      expect(await feed()).toMatchObject({ status: 0, stderr: expect.stringMatching(/runs: +1 \(1 completed/) });
    });

    test("runs by hand end with their own runs, whatever those of others do", async () => {
      const { cwd, topic } = await project();
      const pause = (name: string, ms: number, end: string): string => `export const ${name} = async () => { await new Promise((resolve) => setTimeout(resolve, ${ms})); ${end} };\n`;
      const tool = (name: string): string => `tools: { t: { module: ./tools.mjs#${name}, input: {}, output: integer, effect: read, errors: { nope: {} } } }`;
      writeFileSync(join(cwd, "tools.mjs"), pause("theirs", 500, 'throw Object.assign(new Error("no"), { code: "nope" });') + pause("mine", 4000, "return 7;"));
      writeFileSync(join(cwd, "theirs.yaml"), `flowctl: v1\nflow: theirs\ntopics: { ${topic}: { message: { fields: { a: integer } } } }\n${tool("theirs")}\non: { topic: ${topic}, from: earliest, concurrency: 2 }\nsteps: [ { tool: t, with: {} } ]\n`);
      writeFileSync(join(cwd, "mine.yaml"), `flowctl: v1\nflow: mine\n${tool("mine")}\non: { manual: {} }\ninput: {}\nsteps: [ { id: s, tool: t, with: {} } ]\nvalue: "\${steps.s}"\n`);
      expect(await flowctl(["topics", "apply", "--yes"], { cwd })).toMatchObject({ status: 0 });
      await using process = await serving(cwd);
      expect(await flowctl(["topics", "publish", topic, JSON.stringify(Array.from({ length: 150 }, (_, a) => ({ a })))], { cwd })).toMatchObject({ status: 0 });
      await process.says("nope");
      // Long enough to have shards, and runs of others in them.
      const byHand = await flowctl(["run", "-i", "mine={}"], { cwd });
      expect(byHand).toMatchObject({ status: 0, stdout: expect.stringContaining('"output":7'), stderr: expect.stringMatching(/[1-9]\d* failed/) });
      expect((await flowctl(["runs", "list", "--state", "running"], { cwd })).stdout).toContain("theirs");
    });

    test("commands say that nobody acts on them yet; runs fork --plan new says that each process has its own files", async () => {
      const { cwd } = await project();
      writeFileSync(join(cwd, "asks.yaml"), `flowctl: v1\nflow: asks\non: { manual: {} }\ninput: { fields: {} }\nsteps: [ { id: ok, ask: { question: "go on?", output: { fields: { approved: boolean } } } } ]\n`);
      expect(await flowctl(["run", "-i", "asks={}"], { cwd })).toMatchObject({ status: 4 });
      const [{ run }] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
      const fork = () => flowctl(["runs", "fork", run], { cwd });
      expect(await fork()).toMatchObject({ status: 0, stdout: expect.stringContaining("; the next `flowctl run` drives it") });
      expect(await flowctl(["runs", "cancel", run], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("; the next `flowctl run` acts on it") });
      await using _ = await serving(cwd);
      expect(await fork()).toMatchObject({ status: 0, stdout: expect.not.stringContaining("the next `flowctl run`") });
      expect(await flowctl(["runs", "fork", run, "--plan", "new"], { cwd })).toMatchObject({ status: 1, stderr: expect.stringMatching(/each process that shares it takes its own files/) });
    });

    test("trace without a run says that no socket leads to the processes, and what shows a run", async () => {
      const { cwd } = await project();
      await using _ = await serving(cwd);
      expect(await flowctl(["trace"], { cwd })).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/no socket leads to them[\s\S]*runs logs -f/) });
    });
  });
});
