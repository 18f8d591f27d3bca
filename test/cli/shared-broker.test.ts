import { expect, onTestFinished, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";
import { serving } from "../support/serving.js";

/** No topics: it may be served without a broker. */
const FLOW = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { a: integer } }
steps: [ { id: s, set: { b: input.a } } ]
`;

const WAITS = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { a: integer } }
steps: [ { id: q, ask: { question: "Well?", output: { fields: { ok: boolean } } } } ]
`;

describeOn("nats", "the broker of processes that share a store", (nats) => {
  test("in a file: who feeds with another one, or none, leaves the open runs of those who had it before alone", async () => {
    const cwd = folderWith({ "flow.yaml": WAITS, "flowctl.yaml": `profiles: { live: { broker: { kind: nats, url: "${nats}" } } }\n` });
    const byHand = (...words: string[]) => flowctl(["run", "-i", 'f={"a":1}', ...words], { cwd });
    const parked = { status: 4 };
    const refused = { status: 3, stdout: "", stderr: expect.stringMatching(/FC6059: The runs of this store are of processes with the broker `nats`, and this one has none[^]*`--fresh`/) };
    expect(await byHand("--profile", "live")).toMatchObject(parked);
    expect(await byHand()).toMatchObject(refused);
    expect(await byHand("--fresh")).toMatchObject(parked);
    expect(await byHand("--profile", "live")).toMatchObject(parked);
    // Who serves decides.
    {
      await using served = await serving(cwd);
      await served.stop();
    }
    expect(await byHand("--profile", "live")).toMatchObject({ status: 3, stderr: expect.stringMatching(/with no broker, and this one has `nats`/) });
    for (const { run } of JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout)) expect(await flowctl(["runs", "cancel", run], { cwd })).toMatchObject({ status: 0 });
    expect(await byHand()).toMatchObject(parked);
  }, 60_000);

  describeOn("postgres", "on PostgreSQL", (url) => {
    test("one with another broker, or none, drives none of their runs: what these emit went where nobody reads it", async () => {
      const settings = postgresAt(url);
      const { user, host, port, database, schema } = settings;
      const db = await openPostgres(settings);
      onTestFinished(async () => {
        await db.write(`DROP SCHEMA ${schema} CASCADE`);
        await db[Symbol.asyncDispose]();
      });
      const store = `store: { kind: postgres, url: "postgresql://${user}@${host}:${port}/${database}", schema: ${schema} }\n`;
      const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": `${store}profiles: { live: { broker: { kind: nats, url: "${nats}" } }, named: { broker: { kind: nats, url: "${nats.replace("127.0.0.1", "localhost")}" } } }\n` });
      const byHand = (...words: string[]) => flowctl(["run", "-i", 'f={"a":1}', ...words], { cwd });
      expect(await byHand()).toMatchObject({ status: 0 });
      {
        await using live = await serving(cwd, ["--profile", "live"]);
        expect(await byHand()).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/FC6059: The runs of this store are of processes with the broker `nats`, and this one has none[^]*`--profile`[^]*`--fresh`/) });
        expect(await flowctl(["run"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6059[^]*another project has another `schema`/) });
        expect(await byHand("--profile", "live")).toMatchObject({ status: 0, stderr: expect.not.stringContaining("FC6046") });
        // The same server under another name cannot be told from another one.
        const other = expect.stringMatching(/FC6046: the runs of this store are of processes with nats at 127\.0\.0\.1:\d+, and this one has localhost:\d+: .* unless both are one cluster\n/);
        expect(await byHand("--profile", "named")).toMatchObject({ status: 0, stderr: other });
        await using named = await serving(cwd, ["--profile", "named"]);
        await named.says("unless both are one cluster");
        // Who comes after it says nothing of it.
        expect(await byHand("--profile", "named")).toMatchObject({ status: 0, stderr: expect.not.stringContaining("FC6046") });
        await named.stop();
        await live.stop();
      }
      // Their runs are still there: whoever feeds would take them.
      expect(await byHand()).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6059") });
      // Who serves may say something else when nobody does.
      await using _ = await serving(cwd);
      expect(await byHand()).toMatchObject({ status: 0 });
      expect(await flowctl(["run", "--profile", "live"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6059: .* with no broker, and this one has `nats`/) });
    }, 60_000);
  });
});
