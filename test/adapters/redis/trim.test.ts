import { expect, test } from "vitest";
import { startTrimming } from "../../../src/adapters/redis/trim.js";
import { virtualClock } from "../../support/virtual-clock.js";

test("a topic that cannot be trimmed, as one whose key is no stream any more, holds up no other's", async () => {
  const clock = virtualClock();
  const asked: string[] = [];
  const trimming = startTrimming(
    {
      async script(_, [topic = ""]) {
        asked.push(topic);
        if (topic === "a") throw new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
        return 0;
      },
    },
    clock,
  );
  for (const topic of ["a", "b"]) trimming.of(topic);
  await clock.advance(120_000);
  expect(asked).toEqual(["a", "b", "a", "b"]);
  trimming.stop();
});
