import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { findLetters } from "../../src/cli/dlq/find-letter.js";
import { lettersOf } from "../../src/cli/dlq/letters.js";
import { redriveOf } from "../../src/cli/dlq/redrive-of.js";
import { lettersSince } from "../../src/cli/wire/letters-since.js";
import type { Operator } from "../../src/core/ports/operator.js";
import { refusedRow } from "../../src/runtime/outbox/refused-row.js";

test("what the broker did not take is a letter like any other: listed, and sent to its topic again", async () => {
  const store = createMemoryStore();
  const message = { topic: "out", key: "k", id: "run/emit1/0", headers: { "flowctl-id": "run/emit1/0" }, body: '{"n":1}' };
  await store.putDeadLetters([refusedRow("f", 5, { message, reason: "too large" })]);
  const letters = await lettersOf(operatorOf(store), { limit: 10 });
  expect(letters).toMatchObject([{ id: message.id, topic: null, run: "run", error: { code: "limit", message: "too large" } }]);
  // Nobody has read it: it is for everybody.
  expect(letters.flatMap((letter) => Object.keys(redriveOf(letter).headers))).toEqual(["flowctl-id", "flowctl-redrive"]);
  expect(letters.map(redriveOf)).toMatchObject([{ topic: "out", key: "k", headers: { "flowctl-id": message.id, "flowctl-redrive": "1" }, body: message.body }]);
});

test("a letter that is named is found among all of the store's, not among the newest alone", async () => {
  const store = createMemoryStore();
  const message = (n: number) => ({ topic: "out", key: "k", id: `run${n}/emit1/0`, headers: {}, body: `{"n":${n}}` });
  await store.putDeadLetters(Array.from({ length: 1200 }, (_, n) => refusedRow("f", n, { message: message(n), reason: "too large" })));
  expect(await findLetters(operatorOf(store), ["run3/emit1", "run1199/"])).toMatchObject([{ id: "run3/emit1/0", raw: '{"n":3}' }, { id: "run1199/emit1/0" }]);
  await expect(findLetters(operatorOf(store), ["run19"])).rejects.toMatchObject({ message: "`run19` begins the ids of several letters" });
  await expect(findLetters(operatorOf(store), ["run1200/"])).rejects.toMatchObject({ message: "there is no dead letter `run1200/`" });
});

test("the letters of a command are all those since it began, and no earlier ones", async () => {
  const store = createMemoryStore();
  const letters = Array.from({ length: 12_500 }, (_, n) => ({ id: `l${n}`, flow: "f", at: n, letter: { raw: "{" } }));
  await store.putDeadLetters(letters);
  for (const since of [0, 300, 11_500, 12_499, 12_500]) expect((await lettersSince(store, since)).length, `since ${since}`).toBe(12_500 - since);
});

function operatorOf(store: Operator["store"]): Operator {
  const nothing = async (): Promise<never[]> => [];
  return {
    server: null,
    store,
    topics: { topics: nothing, messages: nothing },
    async *watch() {
      // Nothing happens here.
    },
    request: async () => ({ is: "accepted" }),
    fork: () => Promise.reject(new Error("nothing to fork")),
    publish: async () => undefined,
    putBody: async () => undefined,
    deleteDeadLetters: async () => undefined,
    prune: async () => 0,
    purge: () => Promise.reject(new Error("nothing to purge")),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
