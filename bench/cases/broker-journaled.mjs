// A journaled flow with one tool, fed by a broker, on PostgreSQL and on SQLite, against a consumer by hand that calls the
// tool and writes one row per message, a batch a transaction, before it acknowledges. A tool that reads is asked before the
// admission of its message is durable, so that a run is one commit; one that writes waits for its intent: two commits. The
// tool takes no time and is no call of anything: what is measured is the journal alone. The last rows are the same with a
// tool as a flow has it: a service that is called over HTTP, by the flow's own tool and by the client that this one uses.
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { Agent } from "undici";
import { byHand, ours } from "../brokers.mjs";
import { unused, urlOf } from "../brokers/server.mjs";
import { fromSources } from "../bundle.mjs";
import { durableRuntime, folder, noop } from "../durable.mjs";
import { events } from "../events.mjs";
import { planOf } from "../flowctl.mjs";
import { startToolServer } from "../tool-server.mjs";

const { openPostgres, createPostgresStore, openHttpTool, openHttpConnections } = await fromSources(`
  export { openPostgres } from "./src/adapters/postgres/server.js";
  export { createPostgresStore } from "./src/adapters/store/postgres.js";
  export { openHttpTool } from "./src/adapters/tool/http/tool.js";
  export { openHttpConnections } from "./src/adapters/tool/http/connections.js";
`);

const COUNT = 24_000;
/** What is run first is not counted, on either side: V8 compiles meanwhile, and a service runs for weeks. */
const WARM = 8_000;
const broker = await ours("nats");
const client = await byHand.nats();
const topic = unused("in");
await broker.provisioner.apply([{ topic, groups: [], dedupeMs: null, dlq: false }]);
await client.publish(topic, events(COUNT).map((event) => JSON.stringify(event)));

const server = await startToolServer();
const connections = openHttpConnections({ allow: ["127.0.0.1"] });
const agent = new Agent({ connections: 256 });
async function posted(id) {
  const { body } = await agent.request({ origin: server.origin, path: "/", method: "POST", headers: { "content-type": "application/json", "idempotency-key": id }, body: JSON.stringify({ id }) });
  return await body.json();
}
const called = await noop();
const inProcess = { tool: noop, byHand: (id) => called.call({ input: { id } }) };
/** What the flow says of its tool, how it is called there, and by hand. */
const TOOLS = {
  read: { ...inProcess, text: "module: ./noop.mjs#noop, input: In, output: Out, effect: read" },
  write: { ...inProcess, text: "module: ./noop.mjs#noop, input: In, output: Out, effect: write, idempotency: key" },
  "write over HTTP": {
    text: `http: { method: POST, url: "${server.origin}/" }, input: In, output: Out, effect: write, idempotency: header`,
    tool: async (plan, name) => openHttpTool({ plan: plan.tools[name], url: async () => `${server.origin}/`, headers: async () => ({}), connections }),
    byHand: posted,
  },
};

/** Calls back with each message that is done; runs a second, from the first that counts to the last. */
function counter() {
  const all = Promise.withResolvers();
  let [done, began] = [0, 0];
  return {
    perSecond: all.promise,
    done(more = 1) {
      done += more;
      if (began === 0 && done >= WARM) began = [done, performance.now()];
      if (done === COUNT) all.resolve(((COUNT - began[0]) / (performance.now() - began[1])) * 1000);
    },
  };
}

async function journaled({ text, tool }, open) {
  const { perSecond, done } = counter();
  const observer = { pure: false, event: ({ type }) => void (type === "run.finished" && done()) };
  const { file, close } = folder();
  const adapt = (flow) => flow.replace(/module: .*idempotency: key/, text).replace("flow: journaled", `flow: ${unused("journaled")}`).replaceAll(/\bin\b(?=[:,])/g, topic);
  const durable = await durableRuntime(planOf("journaled", adapt), file, { bus: broker.bus, open, tool, observer });
  const rate = await perSecond;
  await durable.close();
  close();
  return rate;
}

/** `keep` writes the rows of a batch in one transaction. */
async function consumed({ byHand: call }, keep) {
  const { perSecond, done } = counter();
  await client.consume(topic, unused("hand"), COUNT, async (batch) => {
    const ids = batch.map((body) => JSON.parse(body).id);
    await keep(ids, await Promise.all(ids.map(call)));
    done(batch.length);
  });
  return await perSecond;
}

const onSqlite = {
  ours: (tool) => journaled(tool, null),
  async baseline(tool) {
    const { file, close } = folder();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE done (id TEXT PRIMARY KEY, output TEXT) WITHOUT ROWID");
    const insert = database.prepare("INSERT INTO done VALUES (?, ?)");
    const perSecond = await consumed(tool, (ids, outputs) => {
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
  async ours(tool) {
    const { hostname, port, pathname, username, password } = new URL(url);
    const perSecond = await journaled(tool, async () => {
      const database = await openPostgres({ host: hostname, port: Number(port), database: pathname.slice(1), user: username, password: password === "" ? null : password, tls: null, schema });
      return { database, store: createPostgresStore(database) };
    });
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    return perSecond;
  },
  async baseline(tool) {
    await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.done (id text PRIMARY KEY, output jsonb)`);
    const perSecond = await consumed(tool, (ids, outputs) => pool.query(`INSERT INTO ${schema}.done SELECT * FROM unnest($1::text[], $2::jsonb[])`, [ids, outputs.map((one) => JSON.stringify(one))]));
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    return perSecond;
  },
};

const row = (where, kind, { ours: made, baseline }) => ({ name: `a journaled flow with one ${kind} on ${where}, against a row a message in batches`, unit: "runs/s", goal: { atLeast: 0.3 }, ours: () => made(TOOLS[kind]), baseline: () => baseline(TOOLS[kind]) });
export const cases = Object.keys(TOOLS).flatMap((kind) => [row("SQLite", kind, onSqlite), row("PostgreSQL", kind, onPostgres)]);
export async function close() {
  await broker[Symbol.asyncDispose]();
  await client.close();
  await pool.end();
  await agent.close();
  await connections[Symbol.asyncDispose]();
  server.stop();
}
