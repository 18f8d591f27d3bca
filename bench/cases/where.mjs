// `where` on a topic, which drops nearly all: the whole way through the memory bus against a loop by hand.
import { Ajv2020 } from "ajv/dist/2020.js";
import { asMessages, events } from "../events.mjs";
import { drain, planOf } from "../flowctl.mjs";

const plan = planOf("where");
const messages = asMessages(events(50_000));
const passing = ({ qty, rate, site }) => (qty / rate) * 60 < 30 && site === "ams";
const expected = messages.filter(({ body }) => passing(JSON.parse(body))).length;
// The schema that the flow's own trigger is checked by.
const validate = new Ajv2020().compile(plan.schemas[plan.triggers[0].message]);

async function ours() {
  const { ms, stats, emitted } = await drain(plan, messages);
  if (emitted !== expected || stats.filtered !== messages.length - expected) throw new Error(`${emitted} passed, not ${expected}`);
  return (messages.length / ms) * 1000;
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
  { name: "where on a topic", unit: "messages/s", goal: { atLeast: 0.7 }, rounds: 25, ours, baseline, note: `50,000 messages published beforehand, read from the memory bus in batches, decoded, checked, filtered and acknowledged; the ${expected} that pass run a flow and are emitted; the loop by hand goes over the same texts in an array` },
];
