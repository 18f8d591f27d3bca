import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
topics: { in: { message: Id } }
tools:
  k: { module: ./tools.ts#k, input: Id, output: Id, effect: read }
on: in
steps:
  - { id: a, tool: k, with: "\${input}" }
`;

test("I4: a run that fails here when another process has it already is no dead letter: it goes on there", async () => {
  const { at, store } = lease(createMemoryStore());
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<never>();
  const w = world(FLOW, { k: () => (asked.resolve(), answer.promise) }, { store });
  w.runtime.broken.catch(() => undefined);
  await w.runtime.start();
  for (let passed = 0; passed < 3_000; passed += 100) await w.clock.advance(100);
  await w.send("in", [{ id: "a" }]);
  for (let passed = 0; passed < 3_000; passed += 100) await w.clock.advance(100);
  await asked.promise;
  at.takenOver();
  answer.reject(new StepError("unavailable", "the network is gone"));
  await turns(50);
  expect((await store.runs({ limit: 1 })).map(({ status }) => status)).toEqual([null]);
  expect(await store.deadLetters({ limit: 9 })).toEqual([]);
  await w.runtime.close();
});
