import fc from "fast-check";
import { expect, it } from "vitest";
import { createProgress, type Progress } from "../../../src/adapters/bus/group/progress.js";

const step = fc.oneof(
  fc.record({ act: fc.constant("publish" as const), count: fc.nat(6) }),
  fc.record({ act: fc.constant("take" as const), count: fc.nat(6) }),
  fc.record({ act: fc.constant("ack" as const), from: fc.nat(20), count: fc.nat(6) }),
  fc.record({ act: fc.constant("giveBack" as const), offset: fc.nat(20) }),
);
const seen = (one: Progress) => ({ next: one.next(), committed: one.committed(), cursor: one.cursor(), inFlight: one.inFlight(), lag: one.lag(), failures: one.failures() });

it("runs of offsets end as one by one", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let end = 0;
      const partition = { index: 0, end: () => end };
      const [runs, single] = [createProgress(partition, 0), createProgress(partition, 0)];
      for (const one of steps) {
        if (one.act === "publish") end += one.count;
        else if (one.act === "take") {
          const to = Math.min(runs.cursor() + one.count, runs.plainEnd());
          for (let offset = runs.cursor(); offset < to; offset += 1) {
            expect(single.next()).toBe(offset);
            single.take();
          }
          runs.takePlain(to);
        } else if (one.act === "ack") {
          runs.ackSpan(one.from, one.from + one.count);
          for (let offset = one.from; offset < one.from + one.count; offset += 1) single.ack(offset);
        } else {
          const due = [runs, single].map((progress) => progress.giveBack(one.offset));
          for (const release of due) release?.();
        }
        expect(seen(runs)).toEqual(seen(single));
      }
    }),
    { numRuns: 500 },
  );
});
