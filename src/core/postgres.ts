import type { BrokerRef, SecretText } from "./broker.js";
import { PORT } from "./port.js";

/** A store on PostgreSQL as flowctl.yaml names it. */
export interface PostgresRef {
  /** `postgresql://user@host:port/database` */
  readonly url: SecretText;
  readonly password?: SecretText;
  /** Null: in plain text. Paths are relative to the project's folder. */
  readonly tls: BrokerRef["tls"];
  readonly schema: string;
}

export interface PostgresAddress {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** Null for a text that is none. A password in it is not looked for: that is refused where it is written. */
export function postgresAddress(text: string): PostgresAddress | null {
  const { user, host, port, database } = ADDRESS.exec(text)?.groups ?? {};
  if (user === undefined || host === undefined || database === undefined) return null;
  try {
    return { user: decodeURIComponent(user), host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port ?? 5432), database: decodeURIComponent(database) };
  } catch {
    // A `%` with no code behind it.
    return null;
  }
}

const ADDRESS = new RegExp(String.raw`^postgres(?:ql)?://(?<user>[^/@:\s]+)@(?<host>\[[0-9a-f:]+\]|[^\s:/@[\]]+)(?::(?<port>${PORT}))?/(?<database>[^/?\s]+)$`, "i");
