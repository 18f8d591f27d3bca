import type { BrokerRef } from "../../src/core/broker.js";
import type { PostgresRef } from "../../src/core/postgres.js";
import { chaosServer, type ChaosServer } from "./server.js";

/** The servers of one run of `npm run chaos`. */
export interface World extends AsyncDisposable {
  readonly broker: BrokerRef;
  /** Null: a file, for one worker. */
  readonly store: PostgresRef | null;
  /** As they stand in the project file. */
  readonly written: { readonly broker: string; readonly store: string };
  /** The one that is killed. */
  readonly victim: ChaosServer;
}

const KINDS = ["nats", "redis", "kafka"] as const;
export const ON = [...KINDS, "postgres"];

export async function openWorld(on: string, workers: number): Promise<World> {
  const kind = on === "postgres" ? "nats" : KINDS.find((one) => one === on);
  if (kind === undefined) throw new Error(`--on is one of ${ON.join(", ")}`);
  const broker = await chaosServer(kind);
  const store = on === "postgres" || workers > 1 ? await chaosServer("postgres") : null;
  // Kafka's addresses have no scheme.
  const address = broker.url.replace("kafka://", "");
  return {
    broker: { kind, urls: [[address]], tls: null, topics: { replicas: 1, retention: 86_400_000, partitions: 6 } },
    store: store === null ? null : { url: [store.url], tls: null, schema: "flowctl" },
    written: { broker: `{ kind: ${kind}, url: "${address}", topics: { partitions: 6 } }`, store: store === null ? "sqlite:crash.db" : store.url },
    victim: on === "postgres" && store !== null ? store : broker,
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await store?.[Symbol.asyncDispose]();
    },
  };
}
