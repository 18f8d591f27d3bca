// A process that calls one module tool and then has nothing more to do. The test bundles it beside the worker, as the command is.
import { openModuleTool } from "../../../../src/adapters/tool/module/tool.js";
import { openModuleWorkers } from "../../../../src/adapters/tool/module/workers.js";

const file = process.argv[2] ?? "";
const workers = openModuleWorkers({ print: (text) => process.stderr.write(text) });
const tool = openModuleTool({ plan: { kind: "module", file, export: "logs", input: "i", effect: "read", idempotency: { kind: "none" }, errors: {} }, file, workers });
const output = await tool.call({
  input: { text: "hello" },
  key: "k",
  attempt: 1,
  signal: new AbortController().signal,
  log: () => undefined,
  run: { id: "r", flow: "f", path: "p" },
});
process.stdout.write(`${JSON.stringify(output)}\n`);
