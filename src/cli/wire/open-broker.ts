import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BrokerConnection, BrokerRef, SecretText } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { Broker } from "../../core/ports/broker.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { answering } from "./answering.js";
import { BROKERS } from "./brokers.js";

/** Connects to the broker of the project file. Rejects with FC6001 for a secret that is not set, with FC6043 for a broker that cannot be used. */
export async function openBroker(ref: BrokerRef, secrets: KnownSecrets, folder: string): Promise<Broker> {
  const open = BROKERS[ref.kind];
  const connection = await connectionOf(ref, secrets, folder);
  try {
    return answering(await open(connection), secrets.redact);
  } catch (error) {
    if (error instanceof InfraError) throw new InfraError(error.code, secrets.redact(error.message), error.hint === undefined ? {} : { hint: error.hint });
    throw error;
  }
}

/** For a command that does nothing else outside. */
export const openBrokerAlone = (ref: BrokerRef, folder: string): Promise<Broker> => openBroker(ref, openSecrets({ env: process.env, folder }), folder);

/** What an adapter connects with over TLS. */
export async function tlsOf(tls: BrokerRef["tls"], secrets: KnownSecrets, folder: string): Promise<BrokerConnection["tls"]> {
  if (tls === null) return null;
  return {
    ...(tls.ca === undefined ? {} : { ca: await readPem(folder, tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: await readPem(folder, tls.cert) }),
    ...(tls.key === undefined ? {} : { key: await readText(tls.key, secrets) }),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
}

async function connectionOf({ urls, tls, mechanism, username, password, token, creds, nkey, topics }: BrokerRef, secrets: KnownSecrets, folder: string): Promise<BrokerConnection> {
  const read = (text: SecretText): Promise<string> => readText(text, secrets);
  const known = async <N extends string>(fields: Readonly<Record<N, SecretText | undefined>>): Promise<{ readonly [K in N]?: string }> => {
    const given: { [K in N]?: string } = {};
    for (const name in fields) {
      const text = fields[name];
      if (text !== undefined) given[name] = await read(text);
    }
    return given;
  };
  return {
    urls: await Promise.all(urls.map(read)),
    tls: await tlsOf(tls, secrets, folder),
    mechanism: mechanism ?? "plain",
    ...(await known({ username, password, token, creds, nkey })),
    topics,
  };
}

export async function readText(text: SecretText, secrets: KnownSecrets): Promise<string> {
  return (await Promise.all(text.map(async (part) => (typeof part === "string" ? part : await secrets.read(part))))).join("");
}

export async function readPem(folder: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(folder, path), "utf8");
  } catch (cause) {
    throw new InfraError("FC6043", `The certificate \`${path}\` cannot be read.`, { hint: "paths are relative to flowctl.yaml", cause });
  }
}
