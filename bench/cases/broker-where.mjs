// What comes from a broker and is dropped by `where`: read, decoded, filtered and acknowledged, against the broker's own
// client consuming and acknowledging with JSON.parse.
import { byHand, ours } from "../brokers.mjs";
import { unused } from "../brokers/server.mjs";
import { events } from "../events.mjs";
import { planOf, runtimeOf } from "../flowctl.mjs";
import { served } from "../served.mjs";

/** Kafka's client fetches megabytes at a time: several of them. */
const COUNTS = { nats: 40_000, kafka: 300_000, redis: 40_000 };

async function caseOf(kind) {
  const count = COUNTS[kind];
  const bodies = events(count).map((event) => JSON.stringify(event));
  const [broker, client] = [await ours(kind), await byHand[kind]()];
  const topic = unused("where");
  await broker.provisioner.apply([{ topic, groups: [], dedupeMs: null, dlq: false }]);
  await client.publish(topic, bodies);
  return {
    close: async () => {
      await broker[Symbol.asyncDispose]();
      await client.close();
    },
    row: {
      name: `${kind}: consume, decode and a where that drops all`,
      unit: "messages/s",
      goal: { atLeast: 0.8 },
      rounds: 5,
      ours: () => served(planOf("drop", (text) => text.replace("flow: drop", `flow: ${unused("drop")}`).replaceAll(/\bin\b(?=[:,])/g, topic)), broker.bus, count, runtimeOf),
      async baseline() {
        let sum = 0;
        const ms = await client.consume(topic, unused("hand"), count, (batch) => {
          for (const body of batch) sum += JSON.parse(body).qty;
        });
        if (sum === 0) throw new Error("nothing was read");
        return (count / ms) * 1000;
      },
    },
  };
}

const all = [];
for (const kind of ["nats", "kafka", "redis"]) all.push(await caseOf(kind));
export const cases = all.map(({ row }) => row);
export const close = () => Promise.all(all.map((one) => one.close()));
