import { writeFileSync } from "node:fs";
import { join } from "node:path";
import kafkajs from "kafkajs";
import "../../src/adapters/kafka/kafkajs/mend.js";
import type { Place } from "./cluster.js";

/** Servers of one kind that know each other. */
export interface Clustered {
  launch(at: Place): { readonly command: string; readonly args: readonly string[] };
  url(at: Place): string;
  /** It serves, and has caught up with the others. */
  isWhole(at: Place): Promise<boolean>;
}

interface Program<More> {
  prepare(cached: boolean): Promise<string>;
  launch(server: More): { readonly command: string; readonly args: readonly string[] };
}

const programs = (name: string): URL => new URL(`../servers/${name}.mjs`, import.meta.url);

/** Ports: of clients, of the other servers, of its health. */
export async function natsServers(places: readonly Place[]): Promise<Clustered> {
  const { nats }: { readonly nats: Program<never> } = await import(programs("nats").href);
  const command = await nats.prepare(false);
  const routes = places.map(({ ports: [, route] }) => `"nats://127.0.0.1:${route}"`).join(", ");
  return {
    launch({ number, folder, ports: [port, route, health] }) {
      const settings = join(folder, "nats.conf");
      writeFileSync(settings, `server_name: n${number}\nhost: 127.0.0.1\nport: ${port}\nhttp: "127.0.0.1:${health}"\njetstream { store_dir: "${join(folder, "data")}" }\ncluster { name: flowctl, host: 127.0.0.1, port: ${route}, routes: [${routes}] }\n`);
      return { command, args: ["-c", settings] };
    },
    url: ({ ports: [port] }) => `nats://127.0.0.1:${port}`,
    isWhole: ({ ports: [, , health] }) => fetch(`http://127.0.0.1:${health}/healthz`).then(({ ok }) => ok, () => false),
  };
}

interface KafkaServer {
  readonly program: string;
  readonly folder: string;
  readonly ports: readonly number[];
  readonly cluster: { readonly number: number; readonly controllers: readonly number[] };
}

/** Ports: of clients, of the controllers. */
export async function kafkaServers(places: readonly Place[]): Promise<Clustered> {
  const { kafka }: { readonly kafka: Program<KafkaServer> } = await import(programs("kafka").href);
  const program = await kafka.prepare(false);
  const controllers = places.map(({ ports: [, controller] }) => controller);
  return {
    launch: ({ number, folder, ports }) => kafka.launch({ program, folder, ports, cluster: { number, controllers } }),
    url: ({ ports: [port] }) => `127.0.0.1:${port}`,
    async isWhole({ ports: [port] }) {
      const admin = new kafkajs.Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } }).admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        const { topics } = await admin.fetchTopicMetadata();
        return brokers.length === places.length && topics.every(({ partitions }) => partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length));
      } catch {
        return false;
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    },
  };
}
