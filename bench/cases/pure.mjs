// Ten pure steps: ours from the message's bytes on the memory bus to the emit that is published and the message
// acknowledged; LangGraph's hand-written graph is given the parsed message and publishes nothing.
import { pureTen } from "../baseline/langgraph.mjs";
import { asMessages, events } from "../events.mjs";
import { drain, planOf } from "../flowctl.mjs";

const plan = planOf("pure10");
const graph = pureTen();
const parsed = events(50_000);
const messages = asMessages(parsed);

async function ours() {
  const { ms, stats, emitted } = await drain(plan, messages);
  if (emitted !== messages.length || stats.completed !== messages.length) throw new Error(`${emitted} emitted, ${stats.completed} completed`);
  return (messages.length / ms) * 1000;
}

const INVOKES = 500;
async function baseline() {
  const began = performance.now();
  for (let at = 0; at < INVOKES; at += 1) {
    const { steps } = await graph.invoke({ input: parsed[at] });
    if (steps.s10.message.sku !== parsed[at].sku) throw new Error("another answer");
  }
  return (INVOKES / (performance.now() - began)) * 1000;
}

export const cases = [
  { name: "10-step pure flow, message to acknowledged emit", unit: "messages/s", goal: { atLeast: 50 }, rounds: 5, ours, baseline, note: "decode, schema, run, check and publish of the emit, acknowledgement, of 50,000 messages published beforehand; against invoke one after the other with parsed messages" },
];
