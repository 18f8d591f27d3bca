// Three agents one after the other on a local model server that answers at once, durable.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ChatOpenAI } from "@langchain/openai";
import { chain } from "../baseline/langgraph.mjs";
import { SqliteSaver } from "../baseline/sqlite-saver.mjs";
import { completed, durableRuntime, folder } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { rate } from "../rate.mjs";

const server = spawn(process.execPath, ["test/servers/model-server.ts"], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await once(createInterface({ input: server.stdout }), "line");
const { url } = JSON.parse(line);
Object.assign(process.env, { BENCH_URL: `${url}/v1`, BENCH_KEY: "local" });
const [{ openModels }, { NO_CASSETTE }, { openSecrets }] = await Promise.all(
  ["cli/wire/models.js", "cli/wire/cassette.js", "adapters/secret/secrets.js"].map((path) => import(new URL(`../../dist/lib/${path}`, import.meta.url).href)),
);

const plan = planOf("agents3");
const WIDTH = 16;
const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"], additionalProperties: false };
const INSTRUCTIONS = ["Say what this is about.", "Say it shorter.", "Say it politely."];

export const cases = [
  {
    name: "3 agents on a local model server, durable, against LangGraph with a checkpointer on node:sqlite",
    unit: "runs/s",
    goal: { atLeast: 2 },
    async ours() {
      const { file, close } = folder();
      const durable = await durableRuntime(plan, file, { model: openModels(openSecrets({ env: process.env, folder: process.cwd() }), NO_CASSETTE) });
      const perSecond = await rate(400, WIDTH, (at) => completed(durable.runtime, "agents3", { text: `case ${at}` }));
      await durable.close();
      close();
      return perSecond;
    },
    async baseline() {
      const { file, close } = folder();
      const saver = new SqliteSaver(file);
      const model = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "local", maxRetries: 0, configuration: { baseURL: process.env.BENCH_URL } }).withStructuredOutput(schema, { name: "answer", method: "jsonSchema", strict: true });
      const graph = chain(
        INSTRUCTIONS.map((instructions, at) => [
          `a${at}`,
          ({ input, steps }) => model.invoke([{ role: "system", content: instructions }, { role: "user", content: JSON.stringify(at === 0 ? input : steps[`a${at - 1}`]) }]),
        ]),
        saver,
      );
      const perSecond = await rate(200, WIDTH, async (at) => {
        const { steps } = await graph.invoke({ input: { text: `case ${at}` } }, { configurable: { thread_id: `r-${at}` }, durability: "sync" });
        if (typeof steps.a2.text !== "string") throw new Error("another answer");
      });
      saver.close();
      close();
      return perSecond;
    },
  },
];
export const close = () => server.stdin.end();
