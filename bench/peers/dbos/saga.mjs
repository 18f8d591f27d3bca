// The saga of ../saga.mjs on DBOS and PostgreSQL. `postgres` is the one that PATH or
// Debian's folder has, started in a folder of its own; it syncs every commit, as it does by default.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { measure } from "../many.mjs";
import { order, undo, write, WRITES } from "../saga.mjs";
import { withPostgres } from "./postgres.mjs";

const saga = DBOS.registerWorkflow(
  async (id) => {
    const undos = [];
    try {
      for (let at = 0; at < WRITES; at += 1) {
        await DBOS.runStep(() => write(id, at), { name: `write${at}` });
        undos.push(at);
      }
      return "completed";
    } catch {
      for (const at of undos.reverse()) await DBOS.runStep(() => undo(id, at), { name: `undo${at}` });
      return "compensated";
    }
  },
  { name: "saga" },
);

await withPostgres(async (url) => {
  DBOS.setConfig({ name: "flowctl-bench", systemDatabaseUrl: url, runAdminServer: false, logLevel: "error" });
  await DBOS.launch();
  process.stdout.write(`${JSON.stringify(await measure(order(saga)))}\n`);
  await DBOS.shutdown();
});
process.exit(0);
