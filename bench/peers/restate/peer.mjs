// Ten durable steps that do nothing on Restate: prints { perSecond, p50 } as JSON: steps/s of 64 workflows at once, and
// the ms that one workflow alone takes.
import * as restate from "@restatedev/restate-sdk";
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
  await many(client, 64, 128);
  const perSecond = (await many(client, 64, 1024)).perSecond;
  const { times } = await many(client, 1, 60);
  process.stdout.write(`${JSON.stringify({ perSecond, p50: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] })}\n`);
});
process.exit(0);

async function many(client, width, count) {
  let next = 0;
  const times = [];
  const began = performance.now();
  const lane = async () => {
    while (next < count) {
      const id = `r${(next += 1)}`;
      const start = performance.now();
      const last = await client.run(id);
      if (last.n !== STEPS - 1) throw new Error("another answer");
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { perSecond: ((count * STEPS) / (performance.now() - began)) * 1000, times };
}
