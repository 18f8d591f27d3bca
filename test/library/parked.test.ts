import { expect, it } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import type { RunEvent } from "../../src/core/event.js";
import { compileFlow, FlowParked } from "../../src/index.js";
import { fakes, ORDER, PARKS } from "./kinds.js";

it("a run that waits in a durable store is answered there, and goes on without its invocation", async () => {
  const events: RunEvent[] = [];
  await using flow = await compileFlow(PARKS, { ports: { ...fakes(events), store: { ...createMemoryStore(), durable: true } } });
  const parked: unknown = await flow.graph?.compile().invoke({ input: ORDER }).catch((error: unknown) => error);
  if (!(parked instanceof FlowParked)) throw new Error("it does not wait");
  expect(events.at(-1)?.type).toBe("run.parked");
  expect(await flow.request?.(parked.run, { kind: "answer", path: "yes", payload: "sure" })).toMatchObject({ is: "refused", why: "invalid" });
  expect(await flow.request?.(parked.run, { kind: "answer", path: "yes", payload: { ok: true } })).toEqual({ is: "accepted" });
  await expect.poll(() => events.at(-1)).toMatchObject({ type: "run.finished", data: { status: "completed" } });
  expect(await flow.request?.(parked.run, { kind: "cancel" })).toMatchObject({ is: "refused", why: "ended" });
});

it("a process that begins with an answer: nothing was invoked there before", async () => {
  const store = { ...createMemoryStore(), durable: true };
  let run = "";
  {
    await using flow = await compileFlow(PARKS, { ports: { ...fakes([]), store } });
    const parked: unknown = await flow.graph?.compile().invoke({ input: ORDER }).catch((error: unknown) => error);
    if (!(parked instanceof FlowParked)) throw new Error("it does not wait");
    run = parked.run;
  }
  const events: RunEvent[] = [];
  await using flow = await compileFlow(PARKS, { ports: { ...fakes(events), store } });
  expect(await flow.request?.(run, { kind: "answer", path: "yes", payload: { ok: true } })).toEqual({ is: "accepted" });
  await expect.poll(() => events.at(-1)).toMatchObject({ type: "run.finished", data: { status: "completed" } });
});
