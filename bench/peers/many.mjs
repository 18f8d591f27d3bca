// How ours and the peers are driven: for so many ms, however many runs that is, for one is slower than another by more than a
// factor of ten; and a third of that before, which is not measured.
const MS = { 64: 6000, alone: 3000 };

/** `one(id)` resolves to the number of its steps. With `64` their number per second, 64 runs at once; with `alone` the ms that one alone takes (p50). */
export async function measure(one, width = process.argv[2]) {
  const lanes = width === "64" ? 64 : 1;
  await many(one, lanes, MS[width] / 3, 10_000_000);
  const { perSecond, times } = await many(one, lanes, MS[width], 0);
  return { figure: width === "64" ? perSecond : times.sort((a, b) => a - b)[times.length >> 1] };
}

async function many(one, width, ms, from) {
  let next = 0;
  let done = 0;
  const times = [];
  const began = performance.now();
  const lane = async () => {
    while (performance.now() - began < ms) {
      const id = String(from + (next += 1));
      const start = performance.now();
      const steps = await one(id);
      times.push(performance.now() - start);
      done += steps;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { perSecond: (done / (performance.now() - began)) * 1000, times };
}
