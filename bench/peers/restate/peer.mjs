// Ten durable steps that do nothing on Restate, as a service's handler.
import * as restate from "@restatedev/restate-sdk";
import { measure } from "../many.mjs";
import { withRestate } from "./server.mjs";

const STEPS = 10;
const flow = restate.service({
  name: "ten",
  handlers: {
    run: async (ctx, id) => {
      let last;
      for (let step = 0; step < STEPS; step += 1) last = await ctx.run(`t${step}`, async () => ({ id, n: step }));
      return last;
    },
  },
});
await withRestate(flow, async (client) => {
  const one = async (id) => {
    const last = await client.run(id);
    if (last.n !== STEPS - 1) throw new Error("another answer");
    return STEPS;
  };
  process.stdout.write(`${JSON.stringify(await measure(one))}\n`);
});
process.exit(0);
