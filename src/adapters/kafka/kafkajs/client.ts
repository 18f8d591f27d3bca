import type { Socket } from "node:net";
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from "kafkajs";
import type { BrokerConnection } from "../../../core/broker.js";
import { pemsNow } from "../../pems-now.js";
import { REQUEST_MS } from "../../bus/request-room.js";
import socketFactory from "kafkajs/src/network/socketFactory.js";
import "./codecs.js";
import "./mend.js";

/** Repetitions of one request by the client itself: a second, together. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 };

const connectSocket = socketFactory();
/** By an error it hears of it, and ends its timers too. */
const GONE = new Error("the client was closed");

export interface Client {
  readonly kafka: Kafka;
  /** The library forgets connections to a server that went while it looked for another one, and each holds the process. */
  destroy(): void;
}

export function createClient(connection: BrokerConnection): Client {
  const { urls, tls: named, mechanism, username, renewed = () => connection } = connection;
  const tls = named ?? (urls.some(asksForTls) ? {} : null);
  const sockets = new Set<Socket>();
  let destroyed = false;
  const config: KafkaConfig = {
    clientId: "flowctl",
    brokers: urls.map(hostOf),
    connectionTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    retry: RETRY,
    // What is wrong is rejected, and said by who asked.
    logLevel: logLevel.NOTHING,
    // A commit behind a publication waited up to 40 ms, until the server had acknowledged the packet before it.
    socketFactory(of) {
      const socket = connectSocket(of).setNoDelay(true);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      if (destroyed) socket.destroy(GONE);
      return socket;
    },
    ...(tls === null ? {} : { ssl: Object.assign(pemsNow(() => renewed().tls), tls.serverName === undefined ? {} : { servername: tls.serverName }) }),
    ...(username === undefined ? {} : { sasl: saslOf(mechanism, renewed) }),
  };
  return {
    kafka: new Kafka(config),
    destroy() {
      destroyed = true;
      for (const socket of sockets) socket.destroy(GONE);
    },
  };
}

/** In flowctl.yaml stands no scheme (FC6040), but a secret may hold one: `SASL_SSL://`, `kafka+ssl://`. */
const asksForTls = (url: string): boolean => /^(?:[a-z]+[+_])?(?:ssl|tls):\/\//i.test(url);

/** Host and port alone: the client takes no scheme, and what stands before an `@` may be a secret. */
export const hostOf = (url: string): string => withPort(url.replace(/^(?:[a-z+_]+:\/\/)?(?:.*@)?/is, "").replace(/\/.*$/, ""));
const withPort = (host: string): string => (/:\d+$/.test(host) ? host : `${host}:9092`);

/** The library looks into it whenever it shows who it is. A union of the library's, one by one. */
function saslOf(mechanism: BrokerConnection["mechanism"], now: () => BrokerConnection): SASLOptions {
  const user = {
    get username() {
      return now().username ?? "";
    },
    get password() {
      return now().password ?? "";
    },
  };
  if (mechanism === "plain") return Object.assign(user, { mechanism });
  return mechanism === "scram-sha-256" ? Object.assign(user, { mechanism }) : Object.assign(user, { mechanism });
}
