// The saga of ../saga.mjs on Restate.
import * as restate from "@restatedev/restate-sdk";
import { measure } from "../many.mjs";
import { order, undo, write, WRITES } from "../saga.mjs";
import { withRestate } from "./server.mjs";

const flow = restate.service({
  name: "saga",
  handlers: {
    run: async (ctx, id) => {
      const undos = [];
      try {
        for (let at = 0; at < WRITES; at += 1) {
          await ctx.run(`write${at}`, async () => {
            try {
              return await write(id, at);
            } catch (error) {
              // Another error would be tried again for ever.
              throw new restate.TerminalError(error.message);
            }
          });
          undos.push(at);
        }
        return "completed";
      } catch (error) {
        if (!(error instanceof restate.TerminalError)) throw error;
        for (const at of undos.reverse()) await ctx.run(`undo${at}`, () => undo(id, at));
        return "compensated";
      }
    },
  },
});
await withRestate(flow, async (client) => {
  process.stdout.write(`${JSON.stringify(await measure(order((id) => client.run(id))))}\n`);
});
process.exit(0);
