import { StorageType, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BrokerConnection } from "../../core/broker.js";
import { isLoopback } from "../../core/loopback.js";
import type { BrokerFinding, TopicNeed } from "../../core/ports/broker.js";
import { hostOf, tlsFor } from "./connect.js";
import { createStreams } from "./streams.js";

/** What survives what. The server does not tell its `sync_interval`, so that what is said of it is what to look for. */
export async function promises(nc: NatsConnection, jsm: JetStreamManager, connection: BrokerConnection, needs: readonly TopicNeed[]): Promise<readonly BrokerFinding[]> {
  const { urls, topics } = connection;
  const { version, cluster, host } = nc.info ?? {};
  const streams = createStreams(jsm);
  const memory: string[] = [];
  const alone: string[] = [];
  // Judged by what `topics apply` makes of them: a server that is alone takes no replicas.
  const unmade: string[] = [];
  const single = cluster === undefined || cluster === "";
  for (const { topic } of needs) {
    const stream = await streams.of(topic);
    if (stream === null) {
      unmade.push(topic);
      continue;
    }
    const { config } = await jsm.streams.info(stream.name);
    if (config.storage === StorageType.Memory) memory.push(topic);
    if (config.num_replicas === 1) alone.push(topic);
  }
  return [
    { what: "bus", is: "ok", says: `nats ${urls.length === 1 ? (host ?? "") : `${urls.length} servers`}, version ${version}${single ? ", one server" : `, cluster ${cluster}`}` },
    ...plaintext(urls, tlsFor(connection) !== null),
    ...(memory.length === 0 ? [] : [{ what: "storage", is: "weak" as const, says: `${memory.join(", ")} in memory only: a restart of the server loses them` }]),
    powerLoss({ needs: needs.length, alone, unmade, replicas: single ? 1 : topics.replicas }),
  ];
}

interface Judged {
  readonly needs: number;
  /** Topics on one server. */
  readonly alone: readonly string[];
  /** Topics that are not there. */
  readonly unmade: readonly string[];
  /** Those of topics that `topics apply` makes. */
  readonly replicas: number;
}

function powerLoss({ needs, alone, unmade, replicas }: Judged): BrokerFinding {
  const what = "power loss";
  if (needs === 0) return { what, is: "ok", says: "no flow needs a topic here: there is nothing to judge" };
  if (alone.length > 0) return { what, is: "weak", alone: true, says: `a crash of the server loses nothing that it acknowledged; a loss of power may lose up to 2 minutes of ${named(alone)} on one server: ${MORE}` };
  if (unmade.length > 0 && replicas === 1) return { what, is: "weak", alone: true, says: `${named(unmade)} ${unmade.length === 1 ? "is" : "are"} not there yet, and \`topics apply\` puts what it makes on one server, where a loss of power may lose up to 2 minutes: ${MORE}` };
  const several = "a loss of power at one of them loses nothing; at all of them at once up to 2 minutes, but with `sync_interval: always`";
  if (unmade.length > 0) return { what, is: "ok", says: `${named(unmade)} ${unmade.length === 1 ? "is" : "are"} not there yet; \`topics apply\` puts what it makes on ${replicas} servers: ${several}` };
  return { what, is: "ok", says: `every topic is on several servers: ${several}` };
}
const MORE = "set `sync_interval: always` in its `jetstream {}` block, or `broker.topics.replicas: 3` on a cluster";
const named = (topics: readonly string[]): string => (topics.length === 1 ? `${topics[0]}` : `${topics.length} topics`);

function plaintext(urls: readonly string[], tls: boolean): readonly BrokerFinding[] {
  const open = tls ? [] : urls.filter((url) => !isLoopback(nameOf(url)));
  return open.length === 0 ? [] : [{ what: "encryption", is: "weak", says: `what goes to ${open.map(nameOf).join(", ")} is in plain text: add \`tls: {}\`, or write \`tls://\`` }];
}

const nameOf = (url: string): string => hostOf(url).replace(/:\d+$/, "");
