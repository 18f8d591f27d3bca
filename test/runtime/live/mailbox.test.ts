import { expect, test } from "vitest";
import { createMailbox } from "../../../src/runtime/live/mailbox.js";

test("I13: what is asked of a run behind a turn that failed has its turn", async () => {
  const mailbox = createMailbox();
  const gate = Promise.withResolvers<string>();
  const order: string[] = [];
  const first = mailbox.turn("run", () => gate.promise);
  const second = mailbox.turn("run", async () => void order.push("second"));
  const other = mailbox.turn("other", async () => void order.push("other"));
  await other;
  expect(order).toEqual(["other"]);
  gate.reject(new Error("lost"));
  await expect(first).rejects.toThrow("lost");
  await second;
  expect(order).toEqual(["other", "second"]);
});
