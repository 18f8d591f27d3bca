import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } } }
on: { topic: in, ordering: { by: "'one'" } }
steps:
  - { id: ok, ask: { question: "ok?", output: boolean } }
`;

test("I1: what is asked of a run of which others know, and whose admission is not heard of here yet, is asked of that one", async () => {
  const inner = createMemoryStore();
  const [taken, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const store: Store = {
    ...inner,
    async commit(items) {
      const results = await inner.commit(items);
      if (!items.some(({ expectedSeq }) => expectedSeq < 0)) return results;
      taken.resolve();
      await told.promise;
      return results;
    },
  };
  const w = world(FLOW, {}, { store });
  await w.runtime.start();
  await w.send("in", [{ n: 1 }]);
  await Promise.all([taken.promise, turns(4)]);
  const [first] = await inner.runs({ limit: 1 });
  const asked = w.runtime.request({ id: "c", run: first?.run ?? "", at: 0, by: "ann", request: { kind: "cancel" } });
  await turns(20);
  told.resolve();
  await w.settle();
  expect(await asked).toEqual({ is: "accepted" });
  await w.send("in", [{ n: 2 }]);
  await w.settle();
  expect((await inner.runs({ limit: 2 })).map(({ status, waits }) => status ?? waits[0]?.kind).toSorted()).toEqual(["ask", "cancelled"]);
  expect(w.events.filter(({ run, type }) => run === first?.run && type === "run.started")).toHaveLength(1);
  await w.runtime.close();
});
