import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Bus } from "../../../src/core/ports/bus.js";
import { createRuntime } from "../../../src/runtime/runtime.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { virtualClock } from "../../support/virtual-clock.js";

const FLOW = `flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: { message: In } }
on: in
steps: [ { emit: out, with: "\${input}" } ]
`;

test("a message whose run met a fault of ours is acknowledged when it was handled, not with its batch", async () => {
  const clock = virtualClock();
  const inner = createMemoryBus(clock);
  const seen: string[] = [];
  const bus: Bus = {
    ...inner,
    async publish(messages) {
      seen.push(...messages.map(({ body }) => `out ${String(body)}`));
      await inner.publish(messages);
    },
    async subscribe(options) {
      const made = await inner.subscribe(options);
      return { ...made, ack: async (deliveries) => (seen.push(...deliveries.map(({ body }) => `ack ${Buffer.from(body).toString()}`)), made.ack(deliveries)) };
    },
  };
  const [flow] = loadFlows(FLOW);
  if (flow === undefined) throw new Error("it compiles");
  let faults = 1;
  const graph: typeof flow.graph = async (...of) => {
    if (faults > 0) {
      faults -= 1;
      throw new Error("a fault of ours");
    }
    return flow.graph(...of);
  };
  const none = (): Promise<never> => Promise.reject(new Error("none in this test"));
  const runtime = createRuntime({ flows: [{ ...flow, graph }], ports: { clock, random: seededRandom(1), store: createMemoryStore(), bus, model: none, tool: none, price: () => null, observer: { event: () => undefined } }, graphOf: () => graph });
  await runtime.start();
  const body = (id: string): string => JSON.stringify({ id });
  await inner.publish(["a", "b"].map((id) => ({ topic: "in", key: null, id, headers: {}, body: body(id) })));
  await clock.advance(1_000);
  expect(seen).toEqual([`out ${body("b")}`, `ack ${body("b")}`, `out ${body("a")}`, `ack ${body("a")}`]);
  await runtime.close();
});
