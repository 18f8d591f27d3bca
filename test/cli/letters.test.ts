import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { lettersOf } from "../../src/cli/dlq/letters.js";
import { redriveOf } from "../../src/cli/dlq/redrive-of.js";
import { refusedRow } from "../../src/runtime/outbox/refused-row.js";

test("what the broker did not take is a letter like any other: listed, and sent to its topic again", async () => {
  const store = createMemoryStore();
  const message = { topic: "out", key: "k", id: "run/emit1/0", headers: { "flowctl-id": "run/emit1/0" }, body: '{"n":1}' };
  await store.putDeadLetters([refusedRow("f", 5, { message, reason: "too large" })]);
  const nothing = async (): Promise<never[]> => [];
  const letters = await lettersOf(
    {
      server: null,
      store,
      topics: { topics: nothing, messages: nothing },
      async *watch() {
        // Nothing happens here.
      },
      request: async () => ({ is: "accepted" }),
      fork: () => Promise.reject(new Error("nothing to fork")),
      publish: async () => undefined,
      deleteDeadLetters: async () => undefined,
      prune: async () => 0,
      purge: () => Promise.reject(new Error("nothing to purge")),
      [Symbol.asyncDispose]: async () => undefined,
    },
    { limit: 10 },
  );
  expect(letters).toMatchObject([{ id: message.id, topic: null, run: "run", error: { code: "limit", message: "too large" } }]);
  // Nobody has read it: it is for everybody.
  expect(letters.flatMap((letter) => Object.keys(redriveOf(letter).headers))).toEqual(["flowctl-id", "flowctl-redrive"]);
  expect(letters.map(redriveOf)).toMatchObject([{ topic: "out", key: "k", headers: { "flowctl-id": message.id, "flowctl-redrive": "1" }, body: message.body }]);
});
