import type { BrokerConnection } from "../core/broker.js";

/** PEM texts. */
interface Pems {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** For a client that looks into its TLS options at each connection: what it finds there is what stands in the files then. */
export function pemsNow(now: () => BrokerConnection["tls"]): Pems {
  const pems: Pems = {};
  for (const name of ["ca", "cert", "key"] as const) {
    // PostgreSQL's client hides the key from who prints the options: it may be defined anew.
    if (now()?.[name] !== undefined) Object.defineProperty(pems, name, { get: () => now()?.[name], enumerable: true, configurable: true });
  }
  return pems;
}
