// Sales events from a seed: node generate.mjs [--seed 7] [--events 10000] writes JSON lines on stdout
// and how many of them must raise an alarm on stderr. The same seed gives the same events on every machine.
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

/** mulberry32: a small generator whose whole state is one 32-bit number. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const sites = ["ams", "ber", "mad", "par", "vie"];
const skus = ["kettle", "lamp", "mixer", "radio", "toaster"];

export function salesEvents(seed, count) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  return Array.from({ length: count }, (_, index) => {
    const rate = next() < 0.1 ? 0 : Math.round(next() * 400) / 10;
    const low = next() < 0.012;
    return { id: `s-${index + 1}`, sku: pick(skus), site: pick(sites), qty: low ? Math.floor(rate * next() * 0.5) : 40 + Math.floor(next() * 400), sales_rate: rate };
  });
}

/** What the flow must find: the same rule, written a second time in another language. */
export const isAlarm = (event) => event.sales_rate > 0 && (event.qty / event.sales_rate) * 60 < 30;

if (import.meta.main) {
  const events = salesEvents(option("seed", 7), option("events", 10_000));
  process.stdout.write(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  process.stderr.write(`${events.length} events, ${events.filter(isAlarm).length} alarms expected\n`);
}
