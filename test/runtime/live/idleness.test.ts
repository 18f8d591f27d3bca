import { expect, test } from "vitest";
import { createIdleness } from "../../../src/runtime/live/idleness.js";
import { createSignal } from "../../../src/core/signal.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

test("what begins while the broker says that nothing is unread is not missed", async () => {
  const clock = virtualClock();
  const changes = createSignal();
  const asked: PromiseWithResolvers<number>[] = [];
  let quiet = true;
  const lag = (): Promise<number> => {
    const answer = Promise.withResolvers<number>();
    asked.push(answer);
    return answer.promise;
  };
  let idle = false;
  const reached = createIdleness({ clock, changes, isQuiet: () => quiet, lag, isOver: () => false }).reached().then(() => (idle = true));
  await turns();
  quiet = false;
  asked.shift()?.resolve(0);
  await turns();
  expect(idle).toBe(false);
  quiet = true;
  changes.tell();
  await turns();
  asked.shift()?.resolve(0);
  await reached;
  expect(idle).toBe(true);
});
