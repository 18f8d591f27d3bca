import type { BrokerConnection, BrokerRef } from "../../core/broker.js";
import type { Broker } from "../../core/ports/broker.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { answering } from "./answering.js";
import { BROKERS } from "./brokers.js";
import { ifNamed, readText, readTls, redacted } from "./connecting.js";

/** Connects to the broker of the project file. Rejects with FC6001 for a secret that is not set, with FC6043 for a broker that cannot be used. */
export async function openBroker(ref: BrokerRef, secrets: KnownSecrets, folder: string): Promise<Broker> {
  const open = BROKERS[ref.kind];
  const connection = await connectionOf(ref, secrets, folder);
  return answering(await redacted(secrets, () => open(connection)), secrets.redact);
}

/** For a command that does nothing else outside. */
export const openBrokerAlone = (ref: BrokerRef, folder: string): Promise<Broker> => openBroker(ref, openSecrets({ env: process.env, folder }), folder);

async function connectionOf(ref: BrokerRef, secrets: KnownSecrets, folder: string): Promise<BrokerConnection> {
  const { mechanism = "plain", topics } = ref;
  const urls = await Promise.all(ref.urls.map((url) => readText(url, secrets)));
  const tls = await readTls(ref.tls, secrets, folder);
  const [username, password, token, creds, nkey] = await Promise.all([ref.username, ref.password, ref.token, ref.creds, ref.nkey].map((text) => ifNamed(text, (named) => readText(named, secrets))));
  const renewed = (): BrokerConnection => ({
    renewed,
    urls: urls.map((url) => url()),
    tls: tls(),
    mechanism,
    ...(username === undefined ? {} : { username: username() }),
    ...(password === undefined ? {} : { password: password() }),
    ...(token === undefined ? {} : { token: token() }),
    ...(creds === undefined ? {} : { creds: creds() }),
    ...(nkey === undefined ? {} : { nkey: nkey() }),
    topics,
  });
  return renewed();
}
