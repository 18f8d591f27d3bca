import type { BrokerConnection, BrokerRef, SecretText } from "../../core/broker.js";
import type { Broker } from "../../core/ports/broker.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { answering } from "./answering.js";
import { BROKERS } from "./brokers.js";
import { readText, readTls, redacted } from "./connecting.js";

/** Connects to the broker of the project file. Rejects with FC6001 for a secret that is not set, with FC6043 for a broker that cannot be used. */
export async function openBroker(ref: BrokerRef, secrets: KnownSecrets, folder: string): Promise<Broker> {
  const open = BROKERS[ref.kind];
  const connection = await connectionOf(ref, secrets, folder);
  return answering(await redacted(secrets, () => open(connection)), secrets.redact);
}

/** For a command that does nothing else outside. */
export const openBrokerAlone = (ref: BrokerRef, folder: string): Promise<Broker> => openBroker(ref, openSecrets({ env: process.env, folder }), folder);

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
    tls: await readTls(tls, secrets, folder),
    mechanism: mechanism ?? "plain",
    ...(await known({ username, password, token, creds, nkey })),
    topics,
  };
}
