import type { SecretRef } from "../expression.js";

/** Reads a secret when a connection needs it. Rejects with InfraError FC6001 when it is not set. */
export interface Secrets {
  read(ref: SecretRef): Promise<string>;
}
