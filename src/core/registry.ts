import type { BrokerConnection, BrokerRef, SecretText } from "./broker.js";

/** A schema registry as flowctl.yaml names it. */
export interface RegistryRef {
  /** At least one; the others are asked when the first does not answer. */
  readonly urls: readonly SecretText[];
  readonly tls: BrokerRef["tls"];
  readonly username?: SecretText;
  readonly password?: SecretText;
  /** Sent as a bearer token. */
  readonly token?: SecretText;
  /** Schemas that it does not have are put there when a flow first emits one. */
  readonly register: boolean;
}

/** What lets flowctl in. */
export interface RegistryAccess {
  /** PEM texts. */
  readonly tls: BrokerConnection["tls"];
  /** What the header `authorization` says. */
  readonly authorization: string | null;
}

/** With every secret read, and every file. */
export interface RegistryConnection extends RegistryAccess {
  readonly urls: readonly string[];
  readonly register: boolean;
  /** As it stands in its files now: for each further connection and request. Absent: nothing of it is in a file. */
  readonly renewed?: () => RegistryAccess;
}
