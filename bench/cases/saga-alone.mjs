// The saga of saga-64.mjs alone: what one takes, p50.
import { best, note, ours } from "../saga.mjs";

export const cases = [
  {
    name: "a saga of 8 writes, one alone, against the better of Restate and DBOS with PostgreSQL",
    unit: "ms",
    goal: { atMost: 1 / 4 },
    ours: async (warming) => (warming ? null : ours("alone")),
    baseline: async (warming) => (warming ? null : best("alone", Math.min)),
    note,
  },
];
