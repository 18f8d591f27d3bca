// A database with parked runs, and a process that serves it; each in a process of its own, for memory is what is measured.
//   node bench/parked.mjs fill FILE WAITING TIMED   prints { due, sample }: some of the runs that wait for a signal
//   node bench/parked.mjs serve FILE SAMPLE DUE     prints its figures
// One run is parked by the runtime, and what that committed is committed again under other ids. What then wakes them is
// the runtime, which knows no difference.
import { randomBytes } from "node:crypto";
import { durableRuntime, p } from "./durable.mjs";
import { planOf } from "./flowctl.mjs";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const AT_ONCE = 5000;
/** Until the timers are due: the process has started by then, and one without runs has come and gone. */
const AHEAD_MS = 90_000;
const SAMPLE = 200;
const [waiting, timed] = [planOf("parked"), planOf("timed")];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The items that parking a run of this input commits. */
async function template(plan, file, input) {
  const items = [];
  const parked = Promise.withResolvers();
  const durable = await durableRuntime(plan, file, {
    wrap: (store) => ({
      ...store,
      async commit(batch) {
        const results = await store.commit(batch);
        items.push(...batch);
        if (batch.some(({ events }) => events.some(({ type }) => type === "run.parked"))) parked.resolve();
        return results;
      },
    }),
  });
  durable.runtime.manual(plan.id, input).catch(() => undefined);
  await parked.promise;
  await durable.close();
  return items;
}

const idOf = () => {
  const bytes = randomBytes(26);
  return `${BASE32[bytes[0] & 1]}${Array.from(bytes.subarray(1), (byte) => BASE32[byte & 31]).join("")}`;
};

/** The first run is the template's own. */
async function copies(store, items, name, count) {
  const text = JSON.stringify(items);
  const old = items[0].run;
  const runs = [];
  for (let from = 1; from < count; from += AT_ONCE) {
    const batch = [];
    for (let nth = from; nth < Math.min(from + AT_ONCE, count); nth += 1) {
      const run = idOf();
      runs.push(run);
      for (const [at, item] of JSON.parse(text.replaceAll(old, run)).entries()) batch.push({ ...item, fence: null, entryId: `${name}.${nth}.${at}` });
    }
    const results = await store.commit(batch);
    if (results.some((result) => result !== "ok")) throw new Error("a run was not stored");
  }
  return runs;
}

async function fill(file, waits, times) {
  const items = await template(waiting, file, { id: "one" });
  let durable = await durableRuntime([waiting, timed], file);
  const runs = await copies(durable.store, items, "waiting", waits);
  await durable.close();
  const due = Date.now() + AHEAD_MS;
  const others = await template(timed, file, { at: new Date(due).toISOString() });
  durable = await durableRuntime([waiting, timed], file);
  await copies(durable.store, others, "timed", times);
  await durable.close();
  const every = Math.floor(runs.length / SAMPLE);
  return { due, sample: runs.filter((_, at) => at % every === 0).slice(0, SAMPLE) };
}

const megabytes = (bytes) => bytes / 2 ** 20;
/** What it holds when it has nothing to do. */
async function rest() {
  await sleep(3000);
  globalThis.gc();
  globalThis.gc();
  await sleep(1000);
  return megabytes(process.memoryUsage.rss());
}

async function serve(file, sample, due) {
  let reads = 0;
  let fired = 0;
  const ends = new Map();
  const allFired = Promise.withResolvers();
  const began = performance.now();
  const durable = await durableRuntime([waiting, timed], file, {
    wrap: (store) => ({
      ...store,
      read(run, from) {
        reads += 1;
        return store.read(run, from);
      },
    }),
    observer: {
      pure: false,
      event({ type, run, path }) {
        if (type === "run.finished") ends.get(run)?.();
        if (type === "step.completed" && path === "then") fired += 1;
        if (fired === Number(due?.count)) allFired.resolve(Date.now());
      },
    },
  });
  const started = performance.now() - began;
  const readsAtStart = reads;
  const atRest = await rest();
  const wakes = [];
  for (const run of sample) {
    const asked = performance.now();
    const ended = new Promise((resolve) => ends.set(run, resolve));
    const outcome = await durable.runtime.request({ id: `go-${run}`, run, at: Date.now(), by: "bench", request: { kind: "signal", name: "go", payload: { n: 1 } } });
    if (outcome.is !== "accepted") throw new Error(JSON.stringify(outcome));
    await ended;
    wakes.push(performance.now() - asked);
  }
  const afterWakes = await rest();
  const cpu = process.cpuUsage();
  const late = due === null ? 0 : (await allFired.promise) - due.at;
  const { user, system } = process.cpuUsage(cpu);
  await durable.runtime.idle();
  const figures = { started, readsAtStart, atRest, longestWake: Math.max(0, ...wakes), wake: wakes.length === 0 ? 0 : p(wakes, 0.5), afterWakes, late, cpu: (user + system) / 1000, afterTimers: await rest(), peak: process.resourceUsage().maxRSS / 1024 };
  await durable.close();
  return figures;
}

const [mode, file, ...more] = process.argv.slice(2);
const result = mode === "fill" ? await fill(file, Number(more[0]), Number(more[1])) : await serve(file, JSON.parse(more[0]), JSON.parse(more[1]));
process.stdout.write(JSON.stringify(result));
process.exit(0);
