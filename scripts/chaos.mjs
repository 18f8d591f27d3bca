// `npm run chaos -- --on nats|redis [--faults 40] [--messages 4000] [--seed S]`: kills the broker and the serving process while the
// flows of `npm run crash` work on it, takes the broker away, stops the process for a while, then counts whether anything
// was lost or done twice. Exit 1 when a figure is wrong; the seed repeats the choices. --long: also faults of a minute.
import { registerHooks } from "node:module";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { on: { type: "string", default: "nats" }, faults: { type: "string", default: "40" }, messages: { type: "string", default: "4000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, keep: { type: "boolean", default: false }, long: { type: "boolean", default: false } },
});
// The sources name each other as the package does.
registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") && from.parentURL?.endsWith(".ts") ? name.replace(/\.js$/, ".ts") : name, from) });
const { chaos } = await import("./chaos.ts");
process.exitCode = (await chaos({ on: values.on, faults: Number(values.faults), messages: Number(values.messages), seed: Number(values.seed), keep: values.keep, long: values.long })) ? 0 : 1;
