import type { Purpose } from "../../adapters/postgres/migrate.js";
import type { Credentials, Postgres } from "../../adapters/postgres/server.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { InfraError } from "../../core/errors.js";
import { postgresAddress, type PostgresRef } from "../../core/postgres.js";
import { ifNamed, readText, readTls, redacted } from "./connecting.js";

/** Connects to the store of the project file. Rejects with FC6001 for a secret that is not set, with FC6050 to FC6053 for a server that cannot be used. */
export async function openPostgresRef({ url, password, tls, schema }: PostgresRef, secrets: KnownSecrets, folder: string, purpose: Purpose): Promise<Postgres> {
  const address = postgresAddress((await readText(url, secrets))());
  if (address === null) throw new InfraError("FC6053", "The `url` of the store is no address of a PostgreSQL server.", { hint: "write it like `postgresql://flowctl@db.internal:5432/flowctl`" });
  const word = await ifNamed(password, (text) => readText(text, secrets));
  const certificates = await readTls(tls, secrets, folder);
  const renewed = (): Credentials => ({ password: word?.() ?? null, tls: certificates() });
  const settings = { ...address, schema, ...renewed(), renewed };
  const { openPostgres } = await import("../../adapters/postgres/server.js");
  return redacted(secrets, () => openPostgres(settings, purpose));
}

/** For a command that does nothing else outside, and leaves an older schema as it is. */
export const openPostgresAlone = (ref: PostgresRef, folder: string, purpose: "ask" | "check" = "ask"): Promise<Postgres> => openPostgresRef(ref, openSecrets({ env: process.env, folder }), folder, purpose);
