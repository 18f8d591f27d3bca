import { systemClock } from "../../adapters/clock/system.js";
import type { Registry } from "../../adapters/format/registry/registry.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import { InfraError } from "../../core/errors.js";
import type { RegistryAccess, RegistryRef } from "../../core/registry.js";
import { ifNamed, readText, readTls } from "./connecting.js";

/** Rejects with FC6001 for a secret that is not set, with FC6063 for what is no address. Connects when it is asked something. */
export async function openRegistryRef({ urls, tls, username, password, token, register }: RegistryRef, secrets: KnownSecrets, folder: string): Promise<Registry> {
  const { openRegistry } = await import("../../adapters/format/registry/registry.js");
  const addresses = await Promise.all(urls.map(async (url) => (await readText(url, secrets))()));
  for (const url of addresses) if (!/^https?:\/\/[^\s/]/.test(url) || !URL.canParse(url)) throw new InfraError("FC6063", "The address of the schema registry, which a secret holds, is none.", { hint: "it is a url like `https://registry.internal:8081`" });
  const [name, word, bearer] = await Promise.all([username, password, token].map((text) => ifNamed(text, (named) => readText(named, secrets))));
  const certificates = await readTls(tls, secrets, folder);
  const user = (): string | null => (name === undefined ? null : `Basic ${Buffer.from(`${name()}:${word?.() ?? ""}`).toString("base64")}`);
  const renewed = (): RegistryAccess => ({ tls: certificates(), authorization: bearer === undefined ? user() : `Bearer ${bearer()}` });
  return openRegistry({ urls: addresses, register, ...renewed(), renewed }, systemClock);
}
