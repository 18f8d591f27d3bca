import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { CommitItem, CommitResult, RunRow, Store } from "../../../src/core/ports/store.js";
import { turns } from "../../support/virtual-clock.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } }, key: string(msg.n) } }
tools: { look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read } }
on: in
input: { fields: { n: integer } }
steps: [ { id: a, tool: look, with: { n: "\${input.n}" } } ]
`;

const isFork = ({ events: [first] }: CommitItem): boolean => first?.type === "run.admitted" && first.data.fork !== undefined;

/** A run that has ended, and a store whose first answer to `slow` comes when it is let go. */
async function ended(slow: "run" | "commit") {
  const inner = createMemoryStore();
  const gate = Promise.withResolvers<void>();
  const forks: CommitItem[] = [];
  let forking = false;
  const store: Store = {
    ...inner,
    async run(id): Promise<RunRow | null> {
      if (forking && slow === "run") await gate.promise;
      return inner.run(id);
    },
    async commit(items): Promise<readonly CommitResult[]> {
      forks.push(...items.filter(isFork));
      if (slow === "commit" && items.some(isFork)) await gate.promise;
      return inner.commit(items);
    },
  };
  const one = world(FLOW, { look: (input) => input }, { store });
  await one.runtime.start();
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const [row] = await store.runs({ limit: 1 });
  forking = true;
  return { one, store, forks, letGo: gate.resolve, fork: () => one.runtime.fork(row?.run ?? "", { at: null, plan: "pinned" }) };
}

test("I24: a fork that has been read and not committed when the runtime is closed is refused, and makes no run", async () => {
  const { one, store, forks, fork, letGo } = await ended("run");
  const refused = expect(fork()).rejects.toThrow("the runtime was closed");
  const closing = one.runtime.close();
  letGo();
  await refused;
  await one.clock.advance(10_000);
  await closing;
  expect(forks).toEqual([]);
  expect(await store.runs({ limit: 9 })).toHaveLength(1);
});

test("a fork that is being committed when the runtime is closed is answered first", async () => {
  const { one, store, forks, fork, letGo } = await ended("commit");
  const forking = fork();
  await turns(5);
  expect(forks).toHaveLength(1);
  let closed = false;
  const closing = one.runtime.close().then(() => void (closed = true));
  await one.clock.advance(1_000);
  expect(closed).toBe(false);
  letGo();
  expect(await forking).toMatchObject({ is: "forked" });
  await one.clock.advance(1_000);
  await closing;
  expect(await store.runs({ limit: 9 })).toHaveLength(2);
});

test("a store that does not answer a fork holds up the end for five seconds at most", async () => {
  const { one, fork } = await ended("commit");
  void fork();
  await turns(5);
  const closing = one.runtime.close();
  await one.clock.advance(6_000);
  await closing;
});
