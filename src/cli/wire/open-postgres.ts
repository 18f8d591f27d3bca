import type { Purpose } from "../../adapters/postgres/migrate.js";
import type { Postgres } from "../../adapters/postgres/server.js";
import { openSecrets, type KnownSecrets } from "../../adapters/secret/secrets.js";
import { InfraError } from "../../core/errors.js";
import { postgresAddress, type PostgresRef } from "../../core/postgres.js";
import { readPem, readText } from "./open-broker.js";

/** Connects to the store of the project file. Rejects with FC6001 for a secret that is not set, with FC6050 to FC6053 for a server that cannot be used. */
export async function openPostgresRef({ url, password, tls, schema }: PostgresRef, secrets: KnownSecrets, folder: string, purpose: Purpose): Promise<Postgres> {
  const address = postgresAddress(await readText(url, secrets));
  if (address === null) throw new InfraError("FC6053", "The `url` of the store is no address of a PostgreSQL server.", { hint: "write it like `postgresql://flowctl@db.internal:5432/flowctl`" });
  const settings = {
    ...address,
    schema,
    password: password === undefined ? null : await readText(password, secrets),
    tls:
      tls === null
        ? null
        : {
            ...(tls.ca === undefined ? {} : { ca: await readPem(folder, tls.ca) }),
            ...(tls.cert === undefined ? {} : { cert: await readPem(folder, tls.cert) }),
            ...(tls.key === undefined ? {} : { key: await readText(tls.key, secrets) }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          },
  };
  const { openPostgres } = await import("../../adapters/postgres/server.js");
  try {
    return await openPostgres(settings, purpose);
  } catch (error) {
    if (error instanceof InfraError) throw new InfraError(error.code, secrets.redact(error.message), error.hint === undefined ? {} : { hint: error.hint });
    throw error;
  }
}

/** For a command that does nothing else outside, and leaves an older schema as it is. */
export const openPostgresAlone = (ref: PostgresRef, folder: string): Promise<Postgres> => openPostgresRef(ref, openSecrets({ env: process.env, folder }), folder, "ask");
