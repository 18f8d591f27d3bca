import type { RedisOptions } from "ioredis";
import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { decoded } from "../secret/credentials.js";

/** How each connection to the server is made. */
export interface Settings {
  /** `host:port`, for people. */
  readonly where: string;
  readonly options: RedisOptions;
}

const PORT = 6379;

/** Rejects what cannot be: several servers, or no address. What a secret holds is not repeated. */
export function settingsOf({ urls, tls, username, password }: BrokerConnection): Settings {
  const [url = "", ...others] = urls;
  if (others.length > 0) throw new InfraError("FC6043", "Redis takes one `url`: neither a Redis Cluster nor Sentinel is supported.", { hint: "name the primary, or the address that follows it" });
  const parsed = URL.parse(/^\w+:\/\//.test(url) ? url : `redis://${url}`);
  if (parsed === null || parsed.hostname === "" || !["redis:", "rediss:"].includes(parsed.protocol)) throw new InfraError("FC6043", "The `url` of the broker is no address of a Redis server.", { hint: "write it like `redis://redis.internal:6379`" });
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = parsed.port === "" ? PORT : Number(parsed.port);
  const user = username ?? decoded(parsed.username);
  const secret = password ?? decoded(parsed.password);
  return {
    where: `${parsed.hostname}:${port}`,
    options: {
      host,
      port,
      db: Number(parsed.pathname.slice(1)),
      ...(user === "" ? {} : { username: user }),
      ...(secret === "" ? {} : { password: secret }),
      ...(tls === null && parsed.protocol !== "rediss:" ? {} : { tls: tlsOf(tls) }),
    },
  };
}

/** Without a name of its own the certificate is the host's. */
const tlsOf = (tls: BrokerConnection["tls"]): NonNullable<RedisOptions["tls"]> => ({
  ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
  ...(tls?.key === undefined ? {} : { key: tls.key }),
});
