// A pure flow on a broker, consume → transform → publish → acknowledge, against a loop by hand with the same client, which
// publishes what a batch gave and then acknowledges the batch.
import { byHand, decision, ours } from "../brokers.mjs";
import { unused } from "../brokers/server.mjs";
import { events } from "../events.mjs";
import { planOf, runtimeOf } from "../flowctl.mjs";
import { served } from "../served.mjs";

const COUNTS = { nats: 60_000, kafka: 100_000, redis: 60_000 };

async function caseOf(kind) {
  const count = COUNTS[kind];
  const [broker, client] = [await ours(kind), await byHand[kind]()];
  const [topic, out] = [unused("in"), unused("out")];
  await broker.provisioner.apply([topic, out].map((name) => ({ topic: name, groups: [], dedupeMs: null, dlq: false })));
  await client.publish(topic, events(count).map((event) => JSON.stringify(event)));
  const adapt = (text) => text.replace("flow: relay", `flow: ${unused("relay")}`).replaceAll(/\bin\b(?=[:,])/g, topic).replaceAll(/\bout\b(?=[:,])/g, out);
  return {
    close: async () => {
      await broker[Symbol.asyncDispose]();
      await client.close();
    },
    row: {
      name: `${kind}: pure flow, consume, transform, publish`,
      unit: "messages/s",
      goal: { atLeast: 0.7 },
      rounds: 5,
      ours: () => served(planOf("relay", adapt), broker.bus, count, runtimeOf),
      async baseline() {
        const ms = await client.consume(topic, unused("hand"), count, async (batch) => {
          await client.publish(out, batch.map(decision));
        });
        return (count / ms) * 1000;
      },
    },
  };
}

const all = [];
for (const kind of ["nats", "kafka", "redis"]) all.push(await caseOf(kind));
export const cases = all.map(({ row }) => row);
export const close = () => Promise.all(all.map((one) => one.close()));
