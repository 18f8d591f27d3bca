import type { BrokerRef } from "../../src/core/broker.js";
import type { PostgresRef } from "../../src/core/postgres.js";
import { startCluster } from "./cluster.js";
import { chaosServer, type ChaosServer } from "./server.js";

/** The servers of one run of `npm run chaos`. */
export interface World extends AsyncDisposable {
  readonly broker: BrokerRef;
  /** Null: a file, for one worker. */
  readonly store: PostgresRef | null;
  /** As they stand in the project file. */
  readonly written: { readonly broker: string; readonly store: string };
  /** The one that is killed. */
  readonly victim: Omit<ChaosServer, "url">;
}

const KINDS = ["nats", "redis", "kafka"] as const;
const CLUSTERS = { "nats-cluster": "nats", "kafka-cluster": "kafka" } as const;
export const ON = [...KINDS, ...Object.keys(CLUSTERS), "postgres"];

export async function openWorld(on: string, workers: number): Promise<World> {
  const clustered = on === "nats-cluster" || on === "kafka-cluster" ? CLUSTERS[on] : null;
  const kind = clustered ?? (on === "postgres" ? "nats" : KINDS.find((one) => one === on));
  if (kind === undefined) throw new Error(`--on is one of ${ON.join(", ")}`);
  const broker = clustered === null ? await alone(kind) : await startCluster(clustered);
  const store = on === "postgres" || workers > 1 ? await chaosServer("postgres") : null;
  const { urls } = broker;
  const replicas = urls.length;
  return {
    broker: { kind, urls: urls.map((url) => [url]), tls: null, topics: { replicas, retention: 86_400_000, partitions: 6 } },
    store: store === null ? null : { url: [store.url], tls: null, schema: "flowctl" },
    written: { broker: `{ kind: ${kind}, url: ${JSON.stringify(urls)}, topics: { partitions: 6, replicas: ${replicas} } }`, store: store === null ? "sqlite:crash.db" : store.url },
    victim: on === "postgres" && store !== null ? store : broker,
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await store?.[Symbol.asyncDispose]();
    },
  };
}

/** Kafka's addresses have no scheme. */
async function alone(kind: string): Promise<ChaosServer & { readonly urls: readonly string[] }> {
  const server = await chaosServer(kind);
  return { ...server, urls: [server.url.replace("kafka://", "")] };
}
