import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { BrokerConnection, BrokerRef, SecretText } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { textNow, type KnownSecrets } from "../../adapters/secret/secrets.js";

/** What was read, as it stands in its files whenever it is called: a renewed one counts from the next connection on. */
export type Renewed<T> = () => T;

/** Rejects with FC6001 for a secret that is not set. */
export async function readText(text: SecretText, secrets: KnownSecrets): Promise<Renewed<string>> {
  await Promise.all(text.flatMap((part) => (typeof part === "string" ? [] : [secrets.read(part)])));
  return () => text.map((part) => (typeof part === "string" ? part : secrets.latest(part))).join("");
}

/** What an adapter connects with over TLS. */
export async function readTls(tls: BrokerRef["tls"], secrets: KnownSecrets, folder: string): Promise<Renewed<BrokerConnection["tls"]>> {
  if (tls === null) return () => null;
  const { serverName } = tls;
  const [ca, cert, key] = [await ifNamed(tls.ca, (path) => readPem(folder, path)), await ifNamed(tls.cert, (path) => readPem(folder, path)), await ifNamed(tls.key, (text) => readText(text, secrets))];
  const read = (): Tls => ({
    ...(ca === undefined ? {} : { ca: ca() }),
    ...(cert === undefined ? {} : { cert: cert() }),
    ...(key === undefined ? {} : { key: key() }),
    ...(serverName === undefined ? {} : { serverName }),
  });
  let last = read();
  return () => {
    const now = read();
    if (now.ca !== last.ca || now.cert !== last.cert || now.key !== last.key) last = isWhole(now) ? now : last;
    return last;
  };
}

type Tls = NonNullable<BrokerConnection["tls"]>;

/** Where only one of two files is replaced, or one is half written, clients fail in ways of their own; that of Redis ends for good. */
function isWhole({ ca, cert, key }: Tls): boolean {
  try {
    createSecureContext({ ca, cert, key });
    return true;
  } catch {
    return false;
  }
}

export const ifNamed = async <T, R>(named: T | undefined, read: (named: T) => Promise<R>): Promise<R | undefined> => (named === undefined ? undefined : await read(named));

async function readPem(folder: string, path: string): Promise<Renewed<string>> {
  const file = resolve(folder, path);
  try {
    let last = await readFile(file, "utf8");
    return () => (last = textNow(file) || last);
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
