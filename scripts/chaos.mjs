// `npm run chaos -- --on nats|nats-cluster|redis|kafka|kafka-cluster|postgres [--flow mixed|saga] [--workers 3] [--faults 40] [--messages 4000] [--seed S]`: kills the broker (or
// the store) and one of the serving processes while the flows of `npm run crash` work, takes the server away, stops a process for
// a while, lets members of the groups come and go, then counts whether anything was lost or done twice, and the order of each key.
// Exit 1 when a figure is wrong; the seed repeats the choices. --long: faults of half a minute and of a minute.
import { parseArgs } from "node:util";
import "./sources.mjs";
import { whole } from "./whole.mjs";

const { values } = parseArgs({
  options: { on: { type: "string", default: "nats" }, flow: { type: "string", default: "mixed" }, workers: { type: "string", default: "3" }, faults: { type: "string", default: "40" }, messages: { type: "string", default: "4000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, keep: { type: "boolean", default: false }, long: { type: "boolean", default: false } },
});
const options = { on: values.on, flow: values.flow, workers: whole("workers", values.workers), faults: whole("faults", values.faults), messages: whole("messages", values.messages), seed: whole("seed", values.seed, 0), keep: values.keep, long: values.long };
const { chaos } = await import("./chaos.ts");
process.exitCode = (await chaos(options)) ? 0 : 1;
