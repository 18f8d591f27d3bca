import { randomUUID } from "node:crypto";
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

    test("trace without a run says that no socket leads to the processes, and what shows a run", async () => {
      const { cwd } = await project();
      await using _ = await serving(cwd);
      expect(await flowctl(["trace"], { cwd })).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/no socket leads to them[\s\S]*runs logs -f/) });
    });
  });
});
