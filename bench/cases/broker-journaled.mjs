// A journaled flow with one tool, fed by a broker, on PostgreSQL and on SQLite, against a consumer by hand that calls the
// tool and writes one row per message, a batch a transaction, before it acknowledges. A tool that reads is asked before the
// admission of its message is durable, so that a run is one commit; one that writes waits for its intent: two commits.
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { byHand, ours } from "../brokers.mjs";
import { unused, urlOf } from "../brokers/server.mjs";
import { fromSources } from "../bundle.mjs";
import { durableRuntime, folder, noop } from "../durable.mjs";
import { events } from "../events.mjs";
import { planOf } from "../flowctl.mjs";

const { openPostgres, createPostgresStore } = await fromSources(`
  export { openPostgres } from "./src/adapters/postgres/server.js";
  export { createPostgresStore } from "./src/adapters/store/postgres.js";
`);

const COUNT = 6000;
const broker = await ours("nats");
const client = await byHand.nats();
const topic = unused("in");
await broker.provisioner.apply([{ topic, groups: [], dedupeMs: null, dlq: false }]);
await client.publish(topic, events(COUNT).map((event) => JSON.stringify(event)));
const tool = await noop();

const EFFECTS = { read: "effect: read", write: "effect: write, idempotency: key" };

/** Runs a second, from the first batch to the end of the last run. */
async function journaled(effect, open) {
  const done = Promise.withResolvers();
  let [began, ended] = [0, 0];
  const bus = {
    ...broker.bus,
    async subscribe(options) {
      const made = await broker.bus.subscribe(options);
      async function* batches() {
        for await (const batch of made.batches) {
          began ||= performance.now();
          yield batch;
        }
      }
      return { ...made, batches: { [Symbol.asyncIterator]: batches } };
    },
  };
  const observer = { pure: false, event: ({ type }) => void (type === "run.finished" && (ended += 1) === COUNT && done.resolve(performance.now() - began)) };
  const { file, close } = folder();
  const adapt = (text) => text.replace("effect: write, idempotency: key", EFFECTS[effect]).replace("flow: journaled", `flow: ${unused("journaled")}`).replaceAll(/\bin\b(?=[:,])/g, topic);
  const durable = await durableRuntime(planOf("journaled", adapt), file, { bus, open, tool: noop, observer });
  const ms = await done.promise;
  await durable.close();
  close();
  return (COUNT / ms) * 1000;
}

/** `keep` writes the rows of a batch in one transaction. */
async function consumed(keep) {
  const ms = await client.consume(topic, unused("hand"), COUNT, async (batch) => {
    const rows = batch.map((body) => JSON.parse(body));
    await keep(rows.map(({ id }) => id), await Promise.all(rows.map(({ id }) => tool.call({ input: { id } }))));
  });
  return (COUNT / ms) * 1000;
}

const onSqlite = {
  ours: (effect) => journaled(effect, null),
  async baseline() {
    const { file, close } = folder();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE done (id TEXT PRIMARY KEY, output TEXT) WITHOUT ROWID");
    const insert = database.prepare("INSERT INTO done VALUES (?, ?)");
    const perSecond = await consumed((ids, outputs) => {
      database.exec("BEGIN");
      for (const [at, id] of ids.entries()) insert.run(id, JSON.stringify(outputs[at]));
      database.exec("COMMIT");
    });
    database.close();
    close();
    return perSecond;
  },
};

const schema = `bench_${randomUUID().replaceAll("-", "")}`;
const url = await urlOf("postgres");
const pool = new pg.Pool({ connectionString: url, max: 1 });
const onPostgres = {
  async ours(effect) {
    const { hostname, port, pathname, username, password } = new URL(url);
    const perSecond = await journaled(effect, async () => {
      const database = await openPostgres({ host: hostname, port: Number(port), database: pathname.slice(1), user: username, password: password === "" ? null : password, tls: null, schema });
      return { database, store: createPostgresStore(database) };
    });
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    return perSecond;
  },
  async baseline() {
    await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.done (id text PRIMARY KEY, output jsonb)`);
    const perSecond = await consumed((ids, outputs) => pool.query(`INSERT INTO ${schema}.done SELECT * FROM unnest($1::text[], $2::jsonb[])`, [ids, outputs.map((one) => JSON.stringify(one))]));
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    return perSecond;
  },
};

const row = (where, effect, { ours: made, baseline }) => ({ name: `a journaled flow with one ${effect} on ${where}, against a row a message in batches`, unit: "runs/s", goal: { atLeast: 0.3 }, ours: () => made(effect), baseline });
export const cases = Object.keys(EFFECTS).flatMap((effect) => [row("SQLite", effect, onSqlite), row("PostgreSQL", effect, onPostgres)]);
export async function close() {
  await broker[Symbol.asyncDispose]();
  await client.close();
  await pool.end();
}
