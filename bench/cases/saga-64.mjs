// A saga of eight writes with compensations, every eighth undone, 64 at once, on SQLite with synchronous=FULL, against the same
// as a workflow on Restate and on DBOS with PostgreSQL: all of them sync before they go on.
import { best, note, ours } from "../saga.mjs";

export const cases = [
  {
    name: "a saga of 8 writes, 64 at once, against the better of Restate and DBOS with PostgreSQL",
    unit: "steps/s",
    goal: { atLeast: 6 },
    ours: async (warming) => (warming ? null : ours("64")),
    baseline: async (warming) => (warming ? null : best("64", Math.max)),
    note,
  },
];
