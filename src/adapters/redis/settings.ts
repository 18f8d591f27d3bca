import type { RedisOptions } from "ioredis";
import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { decoded } from "../secret/credentials.js";

/** How each connection to the server is made. */
export interface Settings {
  /** `host:port`, for people. */
  readonly where: string;
  /** For one that is made now: a password or a certificate is what stands in its file then. */
  options(): RedisOptions;
}

const PORT = 6379;

/** Rejects what cannot be: several servers, or no address. What a secret holds is not repeated. */
export function settingsOf(connection: BrokerConnection): Settings {
  if (connection.urls.length > 1) throw new InfraError("FC6043", "Redis takes one `url`: neither a Redis Cluster nor Sentinel is supported.", { hint: "name the primary, or the address that follows it" });
  const address = addressOf(connection);
  if (address === null) throw new InfraError("FC6043", "The `url` of the broker is no address of a Redis server.", { hint: "write it like `redis://redis.internal:6379`" });
  return {
    where: `${address.hostname}:${portOf(address)}`,
    options() {
      const now = connection.renewed?.() ?? connection;
      return optionsOf(addressOf(now) ?? address, now);
    },
  };
}

function addressOf({ urls: [url = ""] }: BrokerConnection): URL | null {
  const parsed = URL.parse(/^\w+:\/\//.test(url) ? url : `redis://${url}`);
  return parsed === null || parsed.hostname === "" || !["redis:", "rediss:"].includes(parsed.protocol) ? null : parsed;
}

function optionsOf(address: URL, { tls, username, password }: BrokerConnection): RedisOptions {
  const user = username ?? decoded(address.username);
  const secret = password ?? decoded(address.password);
  return {
    host: address.hostname.replace(/^\[|\]$/g, ""),
    port: portOf(address),
    db: Number(address.pathname.slice(1)),
    ...(user === "" ? {} : { username: user }),
    ...(secret === "" ? {} : { password: secret }),
    ...(tls === null && address.protocol !== "rediss:" ? {} : { tls: tlsOf(tls) }),
  };
}

const portOf = ({ port }: URL): number => (port === "" ? PORT : Number(port));

/** Without a name of its own the certificate is the host's. */
const tlsOf = (tls: BrokerConnection["tls"]): NonNullable<RedisOptions["tls"]> => ({
  ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
  ...(tls?.key === undefined ? {} : { key: tls.key }),
});
