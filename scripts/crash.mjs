// `npm run crash -- [--flow saga] [--kills 300] [--messages 5000] [--seed S]`: kills the serving process again and again while the flows
// work, then counts whether anything was lost or done twice. Exit 1 when a figure is wrong; the seed repeats the choices.
// --keep leaves the folder with the database and the logs.
import { parseArgs } from "node:util";
import "./sources.mjs";
import { whole } from "./whole.mjs";

const { values } = parseArgs({
  options: { flow: { type: "string", default: "mixed" }, kills: { type: "string", default: "300" }, messages: { type: "string", default: "5000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, keep: { type: "boolean", default: false } },
});
const options = { flow: values.flow, kills: whole("kills", values.kills), messages: whole("messages", values.messages), seed: whole("seed", values.seed, 0), keep: values.keep };
const { crash } = await import("./crash.ts");
process.exitCode = (await crash(options)) ? 0 : 1;
