// The saga of peers/saga.mjs on ours and on the peers, of which the better one is the baseline.
import { durableRuntime, folder } from "./durable.mjs";
import { planOf } from "./flowctl.mjs";
import { peer } from "./peer.mjs";
import { postgresFolder } from "./peers/dbos/postgres.mjs";
import { measure } from "./peers/many.mjs";
import { order, undo, write } from "./peers/saga.mjs";

const { StepError } = await import(new URL("../dist/lib/core/errors.js", import.meta.url).href);
const plan = planOf("saga8");
const tools = {
  write: async ({ input: { id, n } }) => {
    try {
      return await write(id, n);
    } catch (error) {
      throw new StepError("unreachable", error.message);
    }
  },
  undo: ({ input: { id, n } }) => undo(id, n),
};

/** `width`: `64` or `alone`, as the peers are measured. */
export async function ours(width) {
  const { file, close } = folder();
  const durable = await durableRuntime(plan, file, { tool: async (_plan, name) => ({ call: tools[name] }) });
  const { figure } = await measure(order(async (id) => (await durable.runtime.manual("saga8", { id })).status), width);
  await durable.close();
  close();
  return figure;
}

const PEERS = ["restate", "dbos"];
const last = {};
/** Peer → why it was not measured. */
const skipped = (await postgresFolder()) === null ? { dbos: "there is no postgres here" } : {};

/** The better one of the peers that are there. */
export function best(width, better) {
  for (const name of PEERS) {
    if (skipped[name] !== undefined) continue;
    try {
      last[name] = peer(name, "saga.mjs", width).figure;
    } catch (error) {
      skipped[name] = error.message;
      delete last[name];
    }
  }
  if (Object.keys(last).length === 0) throw new Error(note());
  return better(...Object.values(last));
}

export const note = () => [...Object.entries(last).map(([name, figure]) => `${name} ${figure >= 100 ? Math.round(figure) : figure.toPrecision(3)}`), ...Object.entries(skipped).map(([name, why]) => `skipped ${name}: ${why}`)].join(", ");
