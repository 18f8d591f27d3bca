import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { openProxy } from "../support/proxy.js";
import { describeOn } from "../support/servers.js";
import { serving, untilPrints } from "../support/serving.js";

const FLOW = `flowctl: v1
flow: f
types: { Approval: { fields: { approved: boolean } } }
input: { fields: { n: integer } }
on: { manual: {} }
steps: [ { id: ok, ask: { question: "Ship it?", output: Approval } } ]
`;

describeOn("postgres", "PostgreSQL: a process that is cut off from it", (url) => {
  test("I11: what was put for its runs meanwhile, which nobody could tell it, is looked up when it is back", { timeout: 90_000 }, async () => {
    const settings = postgresAt(url);
    await using way = await openProxy({ host: settings.host, port: settings.port });
    const project = (port: number): string => folderWith({ "flow.yaml": FLOW, "flowctl.yaml": `flowctl: v1\nflows: [flow.yaml]\nstore: { kind: postgres, url: "postgresql://${settings.user}@127.0.0.1:${port}/${settings.database}", schema: ${settings.schema} }\n` });
    const beside = project(settings.port);
    const parked = async (n: number): Promise<string> => {
      const { run }: { readonly run: string } = JSON.parse((await flowctl(["run", "-i", `f={"n":${n}}`], { cwd: beside })).stdout);
      return run;
    };
    const [first, second] = [await parked(1), await parked(2)];
    const approve = async (run: string): Promise<void> => {
      expect(await flowctl(["runs", "approve", run], { cwd: beside })).toMatchObject({ status: 0 });
    };
    const ended = (count: number) => untilPrints(["runs", "list"], beside, ({ stdout }) => stdout.split("completed").length > count);
    await using process = await serving(project(way.port), []);
    // It has looked at everything by then, as it does at its start.
    await approve(first);
    await ended(1);
    await way.cut();
    await approve(second);
    await way.restore();
    await ended(2);
    expect(await process.terminate()).toBe(0);
    await using db = await openPostgres(settings);
    await db.write(`DROP SCHEMA ${settings.schema} CASCADE`);
  });
});
