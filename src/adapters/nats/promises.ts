import { StorageType, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BrokerConnection } from "../../core/broker.js";
import { isLoopback } from "../../core/loopback.js";
import type { BrokerFinding, TopicNeed } from "../../core/ports/broker.js";
import { tlsFor } from "./connect.js";
import { createStreams } from "./streams.js";

/** What survives what. The server does not tell its `sync_interval`, so that what is said of it is what to look for. */
export async function promises(nc: NatsConnection, jsm: JetStreamManager, connection: BrokerConnection, needs: readonly TopicNeed[]): Promise<readonly BrokerFinding[]> {
  const { urls } = connection;
  const { version, cluster, host } = nc.info ?? {};
  const streams = createStreams(jsm);
  const memory: string[] = [];
  const alone: string[] = [];
  for (const { topic } of needs) {
    const stream = await streams.of(topic);
    if (stream === null) continue;
    const { config } = await jsm.streams.info(stream.name);
    if (config.storage === StorageType.Memory) memory.push(topic);
    if (config.num_replicas === 1) alone.push(topic);
  }
  return [
    { what: "bus", is: "ok", says: `nats ${urls.length === 1 ? (host ?? "") : `${urls.length} servers`}, version ${version}${cluster === undefined || cluster === "" ? ", one server" : `, cluster ${cluster}`}` },
    ...plaintext(urls, tlsFor(connection) !== null),
    ...(memory.length === 0 ? [] : [{ what: "storage", is: "weak" as const, says: `${memory.join(", ")} in memory only: a restart of the server loses them` }]),
    alone.length > 0
      ? {
          what: "power loss",
          is: "weak",
          alone: true,
          says: `a crash of the server loses nothing that it acknowledged; a loss of power may lose up to 2 minutes of ${alone.length === 1 ? alone[0] : `${alone.length} topics`} on one server: set \`sync_interval: always\` in its \`jetstream {}\` block, or \`broker.topics.replicas: 3\` on a cluster`,
        }
      : { what: "power loss", is: "ok", says: "every topic is on several servers: a loss of power at one of them loses nothing; at all of them at once up to 2 minutes, but with `sync_interval: always`" },
  ];
}

function plaintext(urls: readonly string[], tls: boolean): readonly BrokerFinding[] {
  const open = tls ? [] : urls.filter((url) => !isLoopback(hostOf(url)));
  return open.length === 0 ? [] : [{ what: "encryption", is: "weak", says: `what goes to ${open.map(hostOf).join(", ")} is in plain text: add \`tls: {}\`, or write \`tls://\`` }];
}

const hostOf = (url: string): string => url.replace(/^(?:[a-z]+:\/\/)?(?:[^@/]*@)?/i, "").replace(/:\d+$/, "");
