import { randomUUID } from "node:crypto";
import type { PostgresSettings } from "../../src/adapters/postgres/server.js";

/** A schema of its own on the tests' server. */
export function postgresAt(url: string, schema = `test_${randomUUID().replaceAll("-", "")}`): PostgresSettings {
  const { hostname, port, pathname, username, password } = new URL(url);
  return { host: hostname, port: Number(port), database: pathname.slice(1), user: decodeURIComponent(username), password: password === "" ? null : decodeURIComponent(password), tls: null, schema };
}
