// What a step whose output is 1 KB takes in the database.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { completed, durableRuntime, folder } from "../durable.mjs";
import { planOf } from "../flowctl.mjs";
import { rate } from "../rate.mjs";

const plan = planOf("kilobyte");
const RUNS = 1000;
const STEPS = 10;

export const cases = [
  {
    name: "bytes of the database per step at outputs of 1 KB, against 1.5 KB",
    unit: "bytes",
    goal: { atMost: 1 },
    rounds: 1,
    async ours() {
      const { file, close } = folder();
      // Text that does not repeat.
      const tool = async () => ({ call: async ({ input: { id } }) => ({ id, text: randomBytes(750).toString("base64url") }) });
      const durable = await durableRuntime(plan, file, { tool });
      await rate(RUNS, 64, (at) => completed(durable.runtime, "kilobyte", { id: `r-${at}` }));
      await durable.close();
      const bytes = statSync(file).size / RUNS / STEPS;
      close();
      return bytes;
    },
    baseline: async () => 1536,
  },
];
