import { expect, it } from "vitest";
import { shardOf } from "../../../src/core/run-id.js";
import { describeOn } from "../../support/servers.js";
import { closeAll, machines, two } from "./machines.js";

const FLOW = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { n: integer } }
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { a: { model: m, instructions: "x", input: { fields: { n: integer } } } }
steps: [ { agent: a, with: { n: 1 } } ]
`;

describeOn("postgres", "PostgreSQL", (url) => {
  it.each(["asked here", "found in the inbox"])("I16: what is asked of a run whose shard has just gone to another process is left to that one: %s", async (how) => {
    const all = machines(url);
    try {
      const [first, second] = await two(all, FLOW);
      let broken: unknown = null;
      first.runtime.broken.catch((thrown: unknown) => (broken = thrown));
      first.runtime.manual("f", { n: 1 }).catch(() => undefined);
      await all.until(() => all.calls() === 1);
      const [admitted] = all.events;
      const run = admitted?.run ?? expect.fail("no run");
      const shard = shardOf(run);
      // Another one has taken it, and nobody here knows.
      await first.db.write("UPDATE shards SET epoch = epoch + 1 WHERE shard = $1", [shard]);
      const row = { id: "r1", run, at: 0, by: "somebody", request: { kind: "cancel" } } as const;
      if (how === "asked here") expect(await first.runtime.request(row)).toEqual({ is: "accepted" });
      else await second.store.putInbox(row);
      // It is told of the row by then.
      for (let turn = 0; turn < 200; turn += 1) await first.db.read("SELECT 1");
      expect(broken).toBeNull();
      expect(await first.store.inbox(shard, 10)).toEqual([row]);
    } finally {
      await closeAll(all);
    }
  });
});
