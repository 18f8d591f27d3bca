import type { SecretRef } from "./expression.js";

/** Brokers that have an adapter; `embedded` is none of them. */
export type BrokerKind = "nats" | "kafka" | "redis";

/** Text of a connection, with secrets by reference. */
export type SecretText = readonly (string | SecretRef)[];

/** A broker as flowctl.yaml names it: where it is, how it lets flowctl in, what `topics apply` makes there. */
export interface BrokerRef {
  readonly kind: BrokerKind;
  /** Servers of one cluster; at least one. */
  readonly urls: readonly SecretText[];
  /** Null: not said; the url's scheme may still ask for TLS. Paths are relative to the project's folder. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: SecretText; readonly serverName?: string } | null;
  readonly mechanism?: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username?: SecretText;
  readonly password?: SecretText;
  readonly token?: SecretText;
  /** The text of a NATS credentials file. */
  readonly creds?: SecretText;
  /** The seed of an nkey. */
  readonly nkey?: SecretText;
  readonly topics: TopicDefaults;
}

/** What makes a topic, for those who do not know how their command was typed. */
export const MAKES_TOPICS = "`flowctl topics apply --yes` with the same profile makes what flows need";

/** What a topic gets that `topics apply` makes. */
export interface TopicDefaults {
  readonly replicas: number;
  /** How long messages are kept, ms. */
  readonly retention: number;
  /** Of brokers that have them. */
  readonly partitions: number;
}

/** What an adapter connects with: every secret is read, every file too. */
export interface BrokerConnection {
  /** As it stands in its files now: what each further connection is made with, for a password or a certificate may be another one by then. Absent: nothing of it is in a file. */
  readonly renewed?: () => BrokerConnection;
  readonly urls: readonly string[];
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly serverName?: string } | null;
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly topics: TopicDefaults;
}
