// The saga of the peers: eight writes that do nothing, each with what undoes it; of every eighth order the last write fails,
// and seven are undone.
export const WRITES = 8;
const fails = (id) => Number(id) % 8 === 0;

/** What is done for one order, and undone: the writes that were made, and where the last of eight fails its seven undos. */
const steps = (id) => (fails(id) ? WRITES * 2 - 1 : WRITES);

export async function write(id, at) {
  if (at === WRITES - 1 && fails(id)) throw new Error("nobody delivers there");
  return { id, n: at };
}
export const undo = async (id, at) => ({ id, n: at });

/** `saga(id)` resolves to how it ended: "completed" or "compensated". */
export const order = (saga) => async (id) => {
  const ended = await saga(id);
  if (ended !== (fails(id) ? "compensated" : "completed")) throw new Error(`order ${id} ended ${ended}`);
  return steps(id);
};
