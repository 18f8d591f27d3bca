// `where` on a topic, which drops nearly all: the whole way through the memory bus against a loop by hand.
import { Ajv2020 } from "ajv/dist/2020.js";
import { asMessages, events } from "../events.mjs";
import { memoryBus, planOf, runtimeOf } from "../flowctl.mjs";

const plan = planOf("where");
const messages = asMessages(events(20_000));
const passing = ({ qty, rate, site }) => (qty / rate) * 60 < 30 && site === "ams";
const expected = messages.filter(({ body }) => passing(JSON.parse(body))).length;
// The schema that the flow's own trigger is checked by.
const validate = new Ajv2020().compile(plan.schemas[plan.triggers[0].message]);

// One runtime serves all rounds, as the loop by hand is one function: what is measured is serving, not its first messages.
const bus = memoryBus();
const runtime = runtimeOf(plan, { bus });
await runtime.start();
let [dropped, sent] = [0, 0];

async function ours() {
  // The memory bus stores at once, and wakes its readers in the next microtask.
  const published = bus.publish(messages);
  const began = performance.now();
  await published;
  await runtime.idle();
  const ms = performance.now() - began;
  const { filtered, emitted } = runtime.stats();
  if (emitted - sent !== expected || filtered - dropped !== messages.length - expected) throw new Error(`${emitted - sent} passed, not ${expected}`);
  [dropped, sent] = [filtered, emitted];
  return (messages.length / ms) * 1000;
}

export async function close() {
  await runtime.close();
  await bus[Symbol.asyncDispose]();
}

async function baseline() {
  const passed = [];
  const began = performance.now();
  for (const { body } of messages) {
    const message = JSON.parse(body);
    if (validate(message) && passing(message)) passed.push(message);
  }
  const ms = performance.now() - began;
  if (passed.length !== expected) throw new Error(`${passed.length} passed`);
  return (messages.length / ms) * 1000;
}

export const cases = [
  { name: "where on a topic", unit: "messages/s", goal: { atLeast: 0.7 }, rounds: 25, ours, baseline, note: `20,000 messages in the memory bus, read in batches, decoded, checked, filtered and acknowledged; the ${expected} that pass run a flow and are emitted; one runtime that is warm; the loop by hand goes over the same texts in an array` },
];
