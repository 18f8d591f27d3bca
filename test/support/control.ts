import { storedText } from "../../src/core/bytes.js";
import { join } from "node:path";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import type { ControlParts } from "../../src/control/calls.js";
import { createFeed, type Feed } from "../../src/control/feed.js";
import { serveControl, type ControlServer } from "../../src/control/server.js";
import type { RunEvent } from "../../src/core/event.js";
import type { Outgoing } from "../../src/core/ports/bus.js";
import type { RequestOutcome, StoredMessage } from "../../src/core/ports/operator.js";
import type { RunRequest, RunRow, Store } from "../../src/core/ports/store.js";
import { folderWith } from "./folder.js";

export interface Served {
  readonly database: string;
  readonly server: ControlServer;
  readonly store: Store;
  readonly feed: Feed;
  readonly published: Outgoing[];
  readonly requests: { readonly run: string; readonly request: RunRequest; readonly by: string }[];
}

/** A process that serves, in this one: a memory store and a list for a bus. `over` replaces what answers. */
export async function served(over: Partial<ControlParts> = {}): Promise<Served> {
  const database = join(folderWith(), "flowctl.db");
  const store = createMemoryStore();
  const feed = createFeed();
  const published: Outgoing[] = [];
  const requests: Served["requests"] = [];
  const parts: ControlParts = {
    store,
    topics: {
      topics: async () => [{ topic: "orders", partitions: 1, messages: published.length, groups: [] }],
      messages: async (topic) => published.filter((one) => one.topic === topic).map((one, position): StoredMessage => storedText({ ...one, position, partition: 0, offset: String(position), timestamp: 0 })),
    },
    request: async (run, request, by): Promise<RequestOutcome> => {
      requests.push({ run, request, by });
      return { is: "accepted" };
    },
    fork: async (run) => ({ is: "forked", run: `${run}2`, kept: 0 }),
    publish: async (messages) => void published.push(...messages),
    putBody: (stored) => store.putBody(stored),
    deleteDeadLetters: (ids) => store.deleteDeadLetters(ids),
    purge: async () => ({ runs: 0, messages: 0, letters: 0, budgets: 0, open: 0, waiting: 0 }),
    prune: (ended) => store.prune(ended, 1000, 0),
    ...over,
  };
  const server = await serveControl({ database, flows: () => ["orders"], parts, feed });
  return { database, server, store, feed, published, requests };
}

export const rowOf = (run: string, over: Partial<RunRow> = {}): RunRow => ({ run, flow: "orders", hash: "h", admittedAt: 1000, status: null, waits: [], finishedAt: null, lane: null, error: null, ...over });

/** A run in the store: its events from `run.admitted` on, in one item. */
export async function putRun(store: Store, row: RunRow, events: readonly RunEvent[]): Promise<void> {
  const [result] = await store.commit([{ run: row.run, expectedSeq: -1, entryId: row.run, fence: null, events, index: [{ op: "run.row", row }] }]);
  if (result !== "ok") throw new Error(`the run was not put: ${result}`);
}

export const admitted = (run: string, input: string = "in"): RunEvent => ({ type: "run.admitted", run, seq: 0, at: 1000, data: { flow: "orders", hash: "h", input, source: null } });

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
