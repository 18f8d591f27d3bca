// Runs one case file and prints its rows. A case exports `cases`: a list of
// { name, unit, goal: { atLeast } or { atMost }, rounds, ours, baseline, note? }, where `ours` and `baseline` resolve to a
// figure (per second, or ms, or MB: the same unit in both). The ratio is ours/baseline; medians over the rounds are kept.
const { cases, close } = await import(`./cases/${process.argv[2]}`);
const rows = [];
for (const { name, unit, goal, rounds = 3, ours, baseline, note } of cases) {
  const figures = [];
  await ours(true);
  await baseline(true);
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    const base = await baseline(false);
    globalThis.gc?.();
    const mine = await ours(false);
    figures.push({ mine, base, ratio: mine / base });
  }
  const median = (pick) => figures.map(pick).sort((a, b) => a - b)[Math.floor(figures.length / 2)];
  const ratio = median((one) => one.ratio);
  const ratios = figures.map((one) => one.ratio);
  rows.push({
    name, unit, ours: median((one) => one.mine), baseline: median((one) => one.base), ratio,
    range: `${Math.min(...ratios).toPrecision(3)}–${Math.max(...ratios).toPrecision(3)}`,
    goal: goal.atLeast === undefined ? `≤ ${goal.atMost}×` : `≥ ${goal.atLeast}×`,
    pass: goal.atLeast === undefined ? ratio <= goal.atMost : ratio >= goal.atLeast,
    ...(note === undefined ? {} : { note: typeof note === "function" ? await note() : note }),
  });
}
await close?.();
// Clients by hand leave timers behind.
process.stdout.write(JSON.stringify(rows), () => process.exit());
