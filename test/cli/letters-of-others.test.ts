import { expect, test } from "vitest";
import { lettersOf } from "../../src/cli/dlq/letters.js";
import type { Operator, StoredMessage } from "../../src/core/ports/operator.js";

const letter = (id: string, source: string, run: string | null): StoredMessage => ({
  topic: "", partition: 0, offset: "0", position: 1, key: null, timestamp: 1, headers: { "flowctl-id": id },
  body: JSON.stringify({ raw: "x", error: { code: "schema", message: "no" }, source: { topic: source, partition: 0, offset: "1", key: null, id, timestamp: 1 }, redrives: 0, run }),
});
const TOPICS: Readonly<Record<string, readonly StoredMessage[]>> = {
  "orders.dlq": [letter("a", "orders", null)],
  "theirs.dlq": [letter("b", "theirs", null), letter("c", "theirs", "r1"), letter("d", "orders", "gone")],
};

test("on a broker of several projects, letters are those of the project's topics and of the store's runs", async () => {
  const topics: Operator["topics"] = {
    topics: async () => Object.entries(TOPICS).map(([topic, { length }]) => ({ topic, partitions: 1, messages: length, groups: [] })),
    messages: async (topic, which) => (TOPICS[topic] ?? []).slice("last" in which ? -which.last : 0),
  };
  const store: Pick<Operator["store"], "deadLetters" | "run"> = {
    deadLetters: async () => [],
    run: async (run) => (run === "r1" ? { run, flow: "f", hash: "h", admittedAt: 0, status: "failed", waits: [], finishedAt: 1, lane: null, error: null } : null),
  };
  const operator = { topics, store };
  const ids = async (ours: ReadonlySet<string> | null): Promise<readonly string[]> => (await lettersOf(operator, { limit: 9, ours: async () => ours })).map(({ id }) => id).toSorted();
  expect(await ids(new Set(["orders", "orders.dlq"]))).toEqual(["a", "c", "d"]);
  expect(await ids(null)).toEqual(["a", "b", "c", "d"]);
  // To know it all flows are compiled: only where no run says whose a letter is, and once.
  let asked = 0;
  const ours = async (): Promise<null> => {
    asked += 1;
    return null;
  };
  await lettersOf(operator, { limit: 9, ours });
  expect(asked).toBe(1);
  await lettersOf({ ...operator, topics: { ...topics, topics: async () => [] } }, { limit: 9, ours });
  expect(asked).toBe(1);
});

test("letters of one flow are found behind newer ones of others", async () => {
  const many = [...Array.from({ length: 3 }, (_, at) => letter(`f${at}`, "orders", "r1")), ...Array.from({ length: 20 }, (_, at) => letter(`g${at}`, "orders", "r2"))];
  const topics: Operator["topics"] = {
    topics: async () => [{ topic: "orders.dlq", partitions: 1, messages: many.length, groups: [] }],
    messages: async (_, which) => many.slice("last" in which ? -which.last : 0),
  };
  const store: Pick<Operator["store"], "deadLetters" | "run"> = {
    deadLetters: async () => [],
    run: async (run) => ({ run, flow: run === "r1" ? "f" : "g", hash: "h", admittedAt: 0, status: "failed", waits: [], finishedAt: 1, lane: null, error: null }),
  };
  const operator = { topics, store };
  expect((await lettersOf(operator, { limit: 2, flow: "f" })).map(({ flow }) => flow)).toEqual(["f", "f"]);
  expect(await lettersOf(operator, { limit: 2 })).toHaveLength(2);
});
