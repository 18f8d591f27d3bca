import { expect, test } from "vitest";
import { createInOrder } from "../../../src/adapters/nats/in-order.js";
import type { Delivery } from "../../../src/core/ports/bus.js";

const delivery = (at: number): Delivery => ({ topic: "t", partition: 0, offset: String(at), key: null, headers: {}, timestamp: at * 10, body: "{}", attempt: 1 });

test("what was given back is not acknowledged by whoever says so, and holds up the position until it is", () => {
  const progress = createInOrder({ position: 4, at: null });
  const [fifth, seventh, eighth] = [5, 7, 8].map(delivery);
  if (fifth === undefined || seventh === undefined || eighth === undefined) throw new Error("three were made");
  for (const one of [fifth, seventh, eighth]) progress.add(one, Number(one.offset));
  const release = progress.giveBack([fifth]);
  progress.ack([fifth, eighth]);
  expect([progress.read(), progress.ahead()]).toEqual([{ position: 4, at: null }, 1]);
  expect(release()).toEqual([{ ...fifth, attempt: 2 }]);
  progress.ack([fifth]);
  expect([progress.read(), progress.ahead()]).toEqual([{ position: 5, at: 50 }, 1]);
  expect(progress.giveBack([eighth])()).toEqual([]);
  progress.ack([seventh]);
  expect([progress.read(), progress.ahead()]).toEqual([{ position: 8, at: 80 }, 0]);
});
