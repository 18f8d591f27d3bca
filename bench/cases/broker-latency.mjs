// From an event at the broker to the decision that a pure flow emits about it, 200 events a second: two hops, against the
// one from publish to delivery of the broker's own client. p99, and of ours also against 10 ms. Beside each stands what a
// relay by hand takes, with the same client, in the same rounds: what two hops cost on this machine without flowctl.
import { setTimeout as pause } from "node:timers/promises";
import { byHand, decision, ours } from "../brokers.mjs";
import { unused } from "../brokers/server.mjs";
import { events } from "../events.mjs";
import { planOf, runtimeOf } from "../flowctl.mjs";

const PER_SECOND = 200;
const COUNT = 2000;
const WARM = 600;

const median = (figures) => figures.toSorted((a, b) => a - b)[figures.length >> 1];
const p99 = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)];

/** p99 of the ms from each publication to what `listen` hears of it. */
async function delays(client, topic, listened) {
  const sent = new Map();
  const times = [];
  const all = Promise.withResolvers();
  let isHeard = false;
  await client.listen(listened, (body) => {
    const { id } = JSON.parse(body);
    isHeard ||= id === "probe";
    const began = sent.get(id);
    if (began === undefined) return;
    sent.delete(id);
    times.push(performance.now() - began);
    if (times.length === COUNT + WARM) all.resolve();
  });
  // A group that begins at the end does so at its first fetch.
  for (; !isHeard; await pause(100)) await client.publish(topic, [JSON.stringify({ ...events(1)[0], id: "probe" })]);
  const began = performance.now();
  for (const [at, event] of events(COUNT + WARM).entries()) {
    const due = began + (at * 1000) / PER_SECOND;
    if (due > performance.now()) await pause(due - performance.now());
    sent.set(event.id, performance.now());
    await client.publish(topic, [JSON.stringify(event)]);
  }
  await all.promise;
  return p99(times.slice(WARM));
}

async function caseOf(kind) {
  const broker = await ours(kind);
  const [topic, out] = [unused("in"), unused("out")];
  await broker.provisioner.apply([topic, out].map((name) => ({ topic: name, groups: [], dedupeMs: null, dlq: false })));
  const [measured, byHandRatios] = [[], []];
  async function decided(warming) {
    const client = await byHand[kind]();
    const plan = planOf("relay", (text) => text.replace("flow: relay", `flow: ${unused("relay")}`).replace("from: earliest", "from: latest").replaceAll(/\bin\b(?=[:,])/g, topic).replaceAll(/\bout\b(?=[:,])/g, out));
    const runtime = runtimeOf(plan, { bus: broker.bus });
    await runtime.start();
    const ms = await delays(client, topic, out);
    if (!warming) measured.push(ms);
    await runtime.close();
    await client.close();
    return ms;
  }
  async function delivery(warming) {
    const client = await byHand[kind]();
    const ms = await delays(client, topic, topic);
    await client.close();
    const twoHops = await relayedByHand();
    if (!warming) byHandRatios.push(twoHops / ms);
    return ms;
  }
  async function relayedByHand() {
    const [client, relay] = [await byHand[kind](), await byHand[kind]()];
    const [from, to] = [unused("in"), unused("out")];
    await broker.provisioner.apply([from, to].map((name) => ({ topic: name, groups: [], dedupeMs: null, dlq: false })));
    let isOver = false;
    void relay.consume(from, unused("hand"), Infinity, (batch) => relay.publish(to, batch.map(decision))).catch((error) => {
      // It is closed while it waits for more.
      if (!isOver) throw error;
    });
    const ms = await delays(client, from, to);
    isOver = true;
    await relay.close();
    await client.close();
    return ms;
  }
  return {
    close: () => broker[Symbol.asyncDispose](),
    rows: [
      { name: `${kind}: event to emitted decision, p99 at 200 events/s, against publish to delivery`, unit: "ms", goal: { atMost: 2.5 }, rounds: 5, ours: decided, baseline: delivery, note: () => `a relay by hand ${median(byHandRatios).toFixed(2)}×` },
      { name: `${kind}: the same against 10 ms`, unit: "ms", goal: { atMost: 1 }, rounds: 1, ours: async () => median(measured), baseline: async () => 10 },
    ],
  };
}

const all = [];
for (const kind of ["nats", "kafka", "redis"]) all.push(await caseOf(kind));
export const cases = all.flatMap(({ rows }) => rows);
export const close = () => Promise.all(all.map((one) => one.close()));
