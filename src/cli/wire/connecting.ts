import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BrokerConnection, BrokerRef, SecretText } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";

/** Rejects with FC6001 for a secret that is not set. */
export async function readText(text: SecretText, secrets: KnownSecrets): Promise<string> {
  return (await Promise.all(text.map(async (part) => (typeof part === "string" ? part : await secrets.read(part))))).join("");
}

/** What an adapter connects with over TLS. */
export async function readTls(tls: BrokerRef["tls"], secrets: KnownSecrets, folder: string): Promise<BrokerConnection["tls"]> {
  if (tls === null) return null;
  return {
    ...(tls.ca === undefined ? {} : { ca: await readPem(folder, tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: await readPem(folder, tls.cert) }),
    ...(tls.key === undefined ? {} : { key: await readText(tls.key, secrets) }),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
}

async function readPem(folder: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(folder, path), "utf8");
  } catch (cause) {
    throw new InfraError("FC6043", `The certificate \`${path}\` cannot be read.`, { hint: "paths are relative to flowctl.yaml", cause });
  }
}

/** A server that cannot be used is told without the secrets that its address may hold, and without what they stand in. */
export async function redacted<T>(secrets: KnownSecrets, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof InfraError) throw new InfraError(error.code, secrets.redact(error.message), error.hint === undefined ? {} : { hint: error.hint });
    throw error;
  }
}
