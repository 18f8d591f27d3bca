// `npm run crash -- [--flow saga] [--kills 300] [--messages 5000] [--seed S]`: kills the serving process again and again while the flows
// work, then counts whether anything was lost or done twice. Exit 1 when a figure is wrong; the seed repeats the choices.
// --keep leaves the folder with the database and the logs.
import { registerHooks } from "node:module";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { flow: { type: "string", default: "mixed" }, kills: { type: "string", default: "300" }, messages: { type: "string", default: "5000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, keep: { type: "boolean", default: false } },
});
// The sources name each other as the package does.
registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") && from.parentURL?.endsWith(".ts") ? name.replace(/\.js$/, ".ts") : name, from) });
const { crash } = await import("./crash.ts");
process.exitCode = (await crash({ flow: values.flow, kills: Number(values.kills), messages: Number(values.messages), seed: Number(values.seed), keep: values.keep })) ? 0 : 1;
