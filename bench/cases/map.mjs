// A map over 5,000 items without effects, as a run of a flow, against Promise.all over the same closure.
import { sendMap } from "../baseline/langgraph.mjs";
import { planOf, runtimeOf } from "../flowctl.mjs";

const runtime = runtimeOf(planOf("map"));
await runtime.start();
const items = Array.from({ length: 5000 }, (_, at) => at);
const work = (x) => x * 2 + 1;
const TIMES = 50;

async function time(act) {
  const began = performance.now();
  for (let at = 0; at < TIMES; at += 1) {
    const results = await act();
    if (results.length !== items.length || results.at(-1) !== work(items.at(-1))) throw new Error("another answer");
  }
  return (performance.now() - began) / TIMES;
}

async function note() {
  const send = async (count) => {
    const began = performance.now();
    if ((await sendMap(items.slice(0, count), work)).length !== count) throw new Error("another answer");
    return Math.round(performance.now() - began).toLocaleString("en");
  };
  return `LangGraph's Send takes ${await send(1000)} ms for 1,000 and ${await send(items.length)} ms for 5,000`;
}

export const cases = [
  { name: "map over 5,000 items", unit: "ms", goal: { atMost: 10 }, rounds: 5, ours: () => time(async () => (await runtime.manual("mapper", items)).output), baseline: () => time(() => Promise.all(items.map(async (x) => work(x)))), note },
];
export const close = () => runtime.close();
