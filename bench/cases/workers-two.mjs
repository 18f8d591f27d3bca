// Two processes that share a store against one: a flow whose tool takes 20 ms, at the limit of its policy's concurrency. That
// limit is each process's; the trigger's is divided between them (I19), and is no limit here.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { byHand } from "../brokers.mjs";
import { unused, urlOf } from "../brokers/server.mjs";
import { project } from "../project.mjs";

const CONCURRENCY = 4;
const COUNT = 1500;
/** The beginning and the end are not counted: there a process may have nothing to do yet, or any more. */
const FROM = COUNT * 0.2;
const UNTIL = COUNT * 0.8;

const TOOLS = `import { setTimeout as pause } from "node:timers/promises";
export async function work({ id }) {
  await pause(20);
  return { id };
}
`;
const flowOf = (name, into, out) => `flowctl: v1
flow: ${name}
types: { Job: { fields: { id: string } } }
topics: { ${into}: { message: Job, key: msg.id }, ${out}: { message: Job, key: msg.id } }
tools: { work: { module: ./tools.mjs#work, input: Job, output: Job, effect: write, idempotency: key } }
policies: { few: { concurrency: ${CONCURRENCY} } }
on: { topic: ${into}, from: earliest, concurrency: 64 }
steps:
  - { id: done, tool: work, with: { id: "\${input.id}" }, policy: few }
  - { emit: ${out}, with: { id: "\${steps.done.id}" } }
`;

const [nats, postgres] = [await urlOf("nats"), await urlOf("postgres")];
const client = await byHand.nats();
const pool = new pg.Pool({ connectionString: postgres, max: 1 });

/** Runs a second. */
async function rate(workers) {
  const [name, into, out] = [unused("job"), unused("in"), unused("out")];
  const schema = `bench_${randomUUID().replaceAll("-", "")}`;
  const made = project({
    "tools.mjs": TOOLS,
    "flow.yaml": flowOf(name, into, out),
    "flowctl.yaml": `flowctl: v1\nflows: [flow.yaml]\nstore: { kind: postgres, url: "${postgres}", schema: ${schema} }\nbroker: { kind: nats, url: "${nats}" }\n`,
  });
  const ends = [];
  for (let at = 0; at < workers; at += 1) ends.push(await made.serve());
  const all = Promise.withResolvers();
  let [heard, began] = [0, 0];
  await client.listen(out, () => {
    heard += 1;
    if (heard === FROM) began = performance.now();
    if (heard === UNTIL) all.resolve(performance.now() - began);
  });
  await client.publish(into, Array.from({ length: COUNT }, (_, at) => JSON.stringify({ id: `j-${at}` })));
  const ms = await all.promise;
  await Promise.all(ends.map((end) => end()));
  made.close();
  await pool.query(`DROP SCHEMA ${schema} CASCADE`);
  return ((UNTIL - FROM) / ms) * 1000;
}

export const cases = [
  {
    name: "2 workers against 1, 20 ms a tool, at the limit of its policy's concurrency (PostgreSQL, NATS)",
    unit: "runs/s",
    goal: { atLeast: 1.9 },
    ours: (warming) => (warming ? 0 : rate(2)),
    baseline: (warming) => (warming ? 0 : rate(1)),
  },
];
export async function close() {
  await client.close();
  await pool.end();
}
