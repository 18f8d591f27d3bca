import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { checkRequest } from "../../../src/runtime/inbox/check-request.js";
import { world } from "../../support/runtime.js";
import { ask } from "../live/restart.js";

const FLOW = `
flowctl: v1
flow: f
on: { manual: {} }
input: string
steps:
  - { id: ok, ask: { question: "ok?", output: boolean } }
  - { id: next, ask: { question: "next?", output: boolean } }
`;
const answer = (path: string, payload: boolean | string) => ({ kind: "answer", path, payload }) as const;

test("who writes into the inbox of a run hears what its journal says: of a question that is open, of one that is decided, of none", async () => {
  const store = createMemoryStore();
  const w = world(FLOW, {}, { store });
  await w.runtime.start();
  const { run } = await w.runtime.manual("f", "x");
  expect(await checkRequest(store, run, answer("ok", true))).toEqual({ is: "accepted" });
  expect(await checkRequest(store, run, answer("ok", "yes"))).toMatchObject({ is: "refused", why: "invalid" });
  expect(await checkRequest(store, run, answer("next", true))).toMatchObject({ is: "refused", why: "not_waiting" });
  expect(await ask(w, run, answer("ok", true))).toEqual({ is: "accepted" });
  await w.settle();
  expect(await checkRequest(store, run, answer("ok", false))).toMatchObject({ is: "refused", why: "already_decided" });
  expect(await checkRequest(store, run, answer("next", true))).toEqual({ is: "accepted" });
});
