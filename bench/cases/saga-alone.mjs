// The saga of saga-64.mjs alone: what one takes, p50.
import { p } from "../durable.mjs";
import { best, note, ours } from "../saga.mjs";

export const cases = [
  {
    name: "a saga of 8 writes, one alone, against the better of Restate and DBOS with PostgreSQL",
    unit: "ms",
    goal: { atMost: 1 / 4 },
    ours: async (warming) => (warming ? null : p((await ours(1, 3000)).times, 0.5)),
    baseline: async (warming) => (warming ? null : best("alone", Math.min)),
    note,
  },
];
