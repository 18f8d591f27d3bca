// The saga of the peers: eight writes that do nothing, each with what undoes it; of every eighth order the last write fails,
// and seven are undone. A peer prints { figure } of it as JSON: with the argument `64` the steps/s of 64 at once, with `alone` the
// ms that one alone takes (p50).
export const WRITES = 8;
export const fails = (id) => Number(id) % 8 === 0;

/** What is done for one order, and undone: the writes that were made, and where the last of eight fails its seven undos. */
export const steps = (id) => (fails(id) ? WRITES * 2 - 1 : WRITES);

export async function write(id, at) {
  if (at === WRITES - 1 && fails(id)) throw new Error("nobody delivers there");
  return { id, n: at };
}
export const undo = async (id, at) => ({ id, n: at });

/** `saga(id)` resolves to how it ended: "completed" or "compensated". */
export async function measure(saga, width = process.argv[2]) {
  if (width === "64") {
    await many(saga, 64, 2000, 10_000_000);
    return { figure: (await many(saga, 64, 6000, 0)).perSecond };
  }
  await many(saga, 1, 1000, 10_000_000);
  const { times } = await many(saga, 1, 3000, 0);
  return { figure: times.sort((a, b) => a - b)[times.length >> 1] };
}

/** For so many ms, however many that is: one is slower than another by more than a factor of ten. */
export async function many(saga, width, ms, from) {
  let next = 0;
  let done = 0;
  const times = [];
  const began = performance.now();
  const lane = async () => {
    while (performance.now() - began < ms) {
      const id = String(from + (next += 1));
      const start = performance.now();
      const ended = await saga(id);
      if (ended !== (fails(id) ? "compensated" : "completed")) throw new Error(`order ${id} ended ${ended}`);
      times.push(performance.now() - start);
      done += steps(id);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { perSecond: (done / (performance.now() - began)) * 1000, times };
}
