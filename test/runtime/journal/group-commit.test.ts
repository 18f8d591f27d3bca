import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { InfraError } from "../../../src/core/errors.js";
import type { CommitItem, CommitResult, Store } from "../../../src/core/ports/store.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { createGroupCommit } from "../../../src/runtime/journal/group-commit.js";
import { JournalLost, type OwnedJournal } from "../../../src/runtime/run/journal.js";
import { seededRandom } from "../../support/seeded-random.js";
import { turns, virtualClock, type VirtualClock } from "../../support/virtual-clock.js";

const RUN = `${shardPrefix(7)}run`;

interface Bench {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly commits: (readonly CommitItem[])[];
  readonly durable: CommitItem[];
  open(run?: string, lastSeq?: number): OwnedJournal;
}

/** `gate` stands between the journal and the memory store. */
async function bench(gate: (items: readonly CommitItem[], commit: () => Promise<readonly CommitResult[]>) => Promise<readonly CommitResult[]> = (_, commit) => commit()): Promise<Bench> {
  const clock = virtualClock();
  const memory = createMemoryStore();
  const commits: (readonly CommitItem[])[] = [];
  const durable: CommitItem[] = [];
  const store: Store = {
    ...memory,
    commit(items) {
      commits.push(items);
      return gate(items, () => memory.commit(items));
    },
  };
  const fences = new Map([[7, await memory.own(7, "test")]]);
  const group = createGroupCommit(
    { store, clock, random: seededRandom() },
    {
      fenceOf: (shard) => fences.get(shard) ?? { shard, epoch: 0 },
      durable: (item) => durable.push(item),
    },
  );
  return { clock, store, commits, durable, open: (run = RUN, lastSeq = -1) => group.open(run, lastSeq) };
}

const started = (journal: OwnedJournal, now: number): void => journal.append("run.started", null, { now });
const seqs = async (store: Store, run = RUN): Promise<number[]> => {
  const found: number[] = [];
  for await (const event of store.read(run, 0)) found.push(event.seq);
  return found;
};

/** The store takes the first event when it is let go. */
async function underWayCommit() {
  const gate = Promise.withResolvers<void>();
  const made = await bench(async (_, commit) => {
    await gate.promise;
    return commit();
  });
  const journal = made.open();
  started(journal, 1);
  return { ...made, journal, letGo: gate.resolve };
}

describe("group commit", () => {
  test("I3: nothing is committed for an append alone before its turn ends, and a barrier waits for all before it", async () => {
    const { open, store, commits } = await bench();
    const journal = open();
    for (let at = 0; at < 3; at += 1) started(journal, at);
    expect(commits).toEqual([]);
    await journal.barrier();
    expect(await seqs(store)).toEqual([0, 1, 2]);
    expect(commits).toHaveLength(1);
  });
  test("an append becomes durable without a barrier", async () => {
    const { open, store } = await bench();
    started(open(), 1);
    await turns();
    expect(await seqs(store)).toEqual([0]);
  });
  test("a barrier with nothing queued makes no commit and no new promise", async () => {
    const { open, commits } = await bench();
    const journal = open();
    started(journal, 1);
    await journal.barrier();
    expect(journal.barrier()).toBe(journal.barrier());
    await journal.barrier();
    expect(commits).toHaveLength(1);
  });
  test("I3: a result and the intent after it are one item", async () => {
    const { open, commits } = await bench();
    const journal = open();
    started(journal, 0);
    await journal.barrier();
    for (let step = 0; step < 5; step += 1) {
      started(journal, step);
      started(journal, step);
      await journal.barrier();
    }
    expect(commits.map((items) => items.map((item) => item.events.length))).toEqual([[1], [2], [2], [2], [2], [2]]);
  });
  test("I40: what queues while a commit runs is the next one; one is under way at a time", async () => {
    let flying = 0;
    let most = 0;
    const { open, commits } = await bench(async (_, commit) => {
      flying += 1;
      most = Math.max(most, flying);
      await turns(2);
      flying -= 1;
      return commit();
    });
    const runs = Array.from({ length: 40 }, (_, at) => open(`${shardPrefix(7)}r${at}`));
    await Promise.all(
      runs.map(async (journal) => {
        for (let step = 0; step < 4; step += 1) {
          started(journal, step);
          await journal.barrier();
        }
      }),
    );
    expect(most).toBe(1);
    expect(commits.length).toBeLessThan(40);
    expect(commits.flat()).toHaveLength(160);
  });
  test("I40: at most 500 items a commit, in order", async () => {
    const { open, commits } = await bench();
    const runs = Array.from({ length: 1200 }, (_, at) => open(`${shardPrefix(7)}r${at}`));
    for (const journal of runs) started(journal, 1);
    await Promise.all(runs.map((journal) => journal.barrier()));
    expect(commits.map((items) => items.length)).toEqual([500, 500, 200]);
    expect(commits.flat().map((item) => item.run)).toEqual(runs.map((journal) => journal.run));
  });
  test.each([
    ["many runs", 64],
    ["one run", 1],
  ])("barriers of %s wake in slices: other work gets its turn between them", async (_, count) => {
    const { open } = await bench();
    const journals = Array.from({ length: count }, (_unused, at) => open(`${shardPrefix(7)}r${at}`));
    const runs = Array.from({ length: 64 / count }, () => journals).flat();
    let woken = 0;
    const perTurn: number[] = [];
    const waits = runs.map(async (journal) => {
      started(journal, 1);
      await journal.barrier();
      woken += 1;
    });
    for (;;) {
      if (woken === 64) break;
      const before = woken;
      await turns(1);
      perTurn.push(woken - before);
    }
    await Promise.all(waits);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(16);
  });
  test("I4: observers hear of an event when it is durable, before its barrier wakes, once", async () => {
    const { open, durable, store } = await bench();
    const journal = open();
    started(journal, 1);
    expect(durable).toEqual([]);
    await journal.barrier();
    expect(durable.flatMap((item) => item.events.map((event) => event.seq))).toEqual([0]);
    expect(await seqs(store)).toEqual([0]);
  });
  test("the index rows of all appends go with the item", async () => {
    const { open, store } = await bench();
    const journal = open();
    journal.append("timer.set", "a", { due: 5, why: "x" }, [{ op: "timer.put", path: "a", due: 5 }]);
    journal.append("timer.set", "b", { due: 6, why: "x" }, [{ op: "timer.put", path: "b", due: 6 }]);
    await journal.barrier();
    expect((await store.timers(7, 10, 10)).map((one) => one.path)).toEqual(["a", "b"]);
  });
  test("I1: anybody creates a run; what is more than that is its owner's alone", async () => {
    const { open, store, commits } = await bench();
    const first = open();
    started(first, 1);
    await first.barrier();
    const second = open(`${shardPrefix(7)}second`);
    for (const now of [1, 2]) started(second, now);
    await second.barrier();
    expect(commits.flat().map(({ fence }) => fence?.shard ?? null)).toEqual([null, 7]);
    await store.own(7, "somebody else");
    const [other, begun] = [open(`${shardPrefix(7)}other`), open(`${shardPrefix(7)}begun`)];
    started(other, 1);
    for (const now of [1, 2]) started(begun, now);
    await other.barrier();
    await expect(begun.barrier()).rejects.toThrow("another process owns it now");
  });
  test("the index rows of an item are of no later one", async () => {
    const { open, commits } = await bench();
    const journal = open();
    journal.append("timer.set", "a", { due: 5, why: "x" }, [{ op: "timer.put", path: "a", due: 5 }]);
    await journal.barrier();
    started(journal, 2);
    await journal.barrier();
    expect(commits.flat().map((item) => item.index.length)).toEqual([1, 0]);
  });
  test("I4: while a commit is under way a barrier waits for it, and what comes meanwhile is one item behind it", async () => {
    const { journal, store, commits, letGo } = await underWayCommit();
    await turns();
    let woken = 0;
    const underWay = journal.barrier().then(() => (woken += 1));
    await turns();
    started(journal, 2);
    started(journal, 3);
    const behind = journal.barrier().then(() => (woken += 1));
    await turns();
    expect(woken).toBe(0);
    letGo();
    await Promise.all([underWay, behind]);
    await turns();
    expect(await seqs(store)).toEqual([0, 1, 2]);
    expect(commits.map((items) => items.map((item) => item.events.length))).toEqual([[1], [2]]);
  });
});

describe("what a store answers", () => {
  test("I2: conflict loses the run: barriers reject, nothing more is appended, neighbours go on", async () => {
    const { open, store, commits } = await bench();
    const first = open();
    started(first, 1);
    await first.barrier();
    const second = open();
    const neighbour = open(`${shardPrefix(7)}other`);
    started(second, 2);
    started(neighbour, 2);
    await expect(second.barrier()).rejects.toBeInstanceOf(JournalLost);
    await neighbour.barrier();
    started(second, 3);
    await expect(second.barrier()).rejects.toBeInstanceOf(JournalLost);
    await turns();
    expect(commits).toHaveLength(2);
    expect(await seqs(store)).toEqual([0]);
  });
  test("what a run has queued when it is let go, and appends after that, is not committed", async () => {
    const { open, commits } = await bench();
    const journal = open();
    started(journal, 1);
    journal.close();
    started(journal, 2);
    await turns();
    expect(commits).toEqual([]);
    await expect(journal.barrier()).rejects.toThrow("was let go");
  });
  test("I2: who waits for what is queued behind a refused commit is told too", async () => {
    const gate = Promise.withResolvers<void>();
    const { open, store, commits } = await bench(async (_, commit) => {
      await gate.promise;
      return commit();
    });
    await store.own(7, "somebody else");
    const journal = open(RUN, 4);
    started(journal, 1);
    const refused = expect(journal.barrier()).rejects.toBeInstanceOf(JournalLost);
    await turns();
    started(journal, 2);
    const behind = expect(journal.barrier()).rejects.toBeInstanceOf(JournalLost);
    gate.resolve();
    await Promise.all([refused, behind]);
    await turns();
    expect(commits).toHaveLength(1);
  });
  test("I2: a fenced owner loses the run", async () => {
    const { open, store } = await bench();
    const journal = open();
    started(journal, 1);
    await journal.barrier();
    await store.own(7, "somebody else");
    started(journal, 2);
    await expect(journal.barrier()).rejects.toThrow("another process owns it now");
    expect(await seqs(store)).toEqual([0]);
  });
  test("a run is let go while a commit of it is under way: what waits for that hears how it ends, what is queued is told that it is lost", async () => {
    const { journal, store, commits, letGo } = await underWayCommit();
    const underWay = journal.barrier();
    await turns();
    started(journal, 2);
    const queued = expect(journal.barrier()).rejects.toThrow(JournalLost);
    journal.close();
    await queued;
    letGo();
    await underWay;
    await turns();
    expect(await seqs(store)).toEqual([0]);
    expect(commits).toHaveLength(1);
  });
  test("I2: a lost reply: the same entry again, durable once, and no barrier wakes before", async () => {
    let lost = 0;
    const { open, store, clock, commits } = await bench(async (_, commit) => {
      const results = await commit();
      lost += 1;
      if (lost <= 2) throw new Error("connection reset");
      return results;
    });
    const journal = open();
    started(journal, 1);
    let woken = false;
    const barrier = journal.barrier().then(() => (woken = true));
    await turns(3);
    expect(woken).toBe(false);
    await clock.advance(1000);
    await barrier;
    expect(await seqs(store)).toEqual([0]);
    expect(new Set(commits.flat().map((item) => item.entryId)).size).toBe(1);
  });
  test("a store that fails for 30 s ends the runs with what to do", async () => {
    const { open, clock } = await bench(() => Promise.reject(new Error("disk full")));
    const journal = open();
    started(journal, 1);
    const failure = journal.barrier().catch((thrown: unknown) => thrown);
    await clock.advance(31_000);
    const thrown = await failure;
    expect(thrown).toBeInstanceOf(InfraError);
    expect(String(thrown)).toContain("disk full");
    const later = open(`${shardPrefix(7)}later`);
    started(later, 1);
    await expect(later.barrier()).rejects.toBeInstanceOf(InfraError);
  });
  test("a process that stood still while it asked has not waited for the store: the runs go on", async () => {
    let times = 0;
    const { open, clock, store } = await bench(async (_, commit) => {
      times += 1;
      if (times > 1) return commit();
      await new Promise<void>((resolve) => void clock.after(45_000, resolve));
      throw new Error("no answer in time");
    });
    const journal = open();
    started(journal, 1);
    const barrier = journal.barrier();
    await clock.advance(46_000);
    await barrier;
    expect(await seqs(store)).toEqual([0]);
  });
});
