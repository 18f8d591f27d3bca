// Where the servers of the cases are, and names on them.
import { randomUUID } from "node:crypto";
import { status, up } from "../../scripts/servers/servers.mjs";

/** Messages that a loop by hand takes at once. */
export const BATCH = 1000;
export const unused = (what) => `bench-${what}-${randomUUID().slice(0, 8)}`;

/** What Kafka's own scripts start it with: in the small heap that tests have, its collector stops it for 15 ms again and again. */
const AS_ON_A_SERVER = { KAFKA_HEAP_OPTS: "-Xms1g -Xmx1g", KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseG1GC -XX:MaxGCPauseMillis=20" };

/** The variable of the tests, or a server that is started when none is up. */
export async function urlOf(kind) {
  for (const [name, value] of Object.entries(AS_ON_A_SERVER)) process.env[name] ??= value;
  const url = process.env[`FLOWCTL_${kind.toUpperCase()}_URL`] ?? status(kind) ?? (await up(kind)).url;
  if (url === undefined) throw new Error(`there is no ${kind} here`);
  return url;
}
