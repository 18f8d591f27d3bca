import { isLoopback } from "../../core/loopback.js";
import type { PostgresRef } from "../../core/postgres.js";
import { byteSize } from "../operator/byte-size.js";
import type { Finding } from "./doctor.js";
import { failing } from "./failing.js";
import { held } from "./held.js";

/** Where runs are, how many, which processes share them, and what the server promises. */
export async function postgresFindings(ref: PostgresRef, folder: string): Promise<readonly Finding[]> {
  const [{ openPostgresAlone }, { postgresOperator }] = await Promise.all([import("../wire/open-postgres.js"), import("../wire/postgres-operator.js")]);
  try {
    const database = await openPostgresAlone(ref, folder, "check");
    await using operator = postgresOperator(database);
    const { host, port, database: name } = database.place;
    if (!database.there) return [{ what: "store", ok: true, says: `PostgreSQL, ${name} on ${host}:${port}: schema ${database.schema} is not there yet: \`flowctl run\` makes it` }];
    const counts = await operator.store.counts();
    const workers = Number((await database.read("SELECT count(*) AS n FROM workers WHERE until > clock_timestamp()"))[0]?.["n"]);
    const unserved = await database.read("SELECT name FROM queues WHERE NOT EXISTS (SELECT 1 FROM workers WHERE until > clock_timestamp() AND first = ANY(pools)) ORDER BY name");
    const settings = await database.read("SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages, current_setting('synchronous_standby_names') AS standbys, pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only, (SELECT bool_and(has_table_privilege(format('%I.%I', schemaname, tablename), may)) FROM pg_tables, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS may WHERE schemaname = current_schema()) AS may_write, coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls");
    return [
      { what: "store", ok: true, says: `PostgreSQL ${said(settings[0]?.["version"])}, ${name} on ${host}:${port}, schema ${database.schema}${counts.bytes === null ? "" : `, ${byteSize(counts.bytes)}`}` },
      ...onlyRead(settings[0] ?? {}),
      ...(await held(operator.store, counts)),
      ...promises(settings[0] ?? {}),
      connection(host, settings[0]?.["tls"] === true),
      { what: "serving", ok: true, says: workers === 0 ? "nobody: `flowctl run` goes on where runs stopped" : `${workers} ${workers === 1 ? "process shares" : "processes share"} the runs` },
      ...(workers === 0 ? [] : unserved.map(({ name: queue }): Finding => ({ what: "queue", ok: true, weak: true, says: `nobody serves \`${said(queue)}\`: its tasks wait; \`flowctl run --only queue:${said(queue)}\`` }))),
    ];
  } catch (error) {
    return [failing("store", error)];
  }
}

/** Why `runs` and `dlq` can read here, and nothing can be served. */
function onlyRead(setting: Readonly<Record<string, unknown>>): readonly Finding[] {
  const why = (is: string, mend: string): readonly Finding[] => [{ what: "store", ok: false, says: `FC6051: ${is}: \`runs\` and \`dlq\` can read it, and nothing can be served; ${mend}` }];
  if (setting["standby"] === true) return why("this server is a standby", "name the primary in the store's `url`");
  if (setting["read_only"] === "on") return why("this server takes no writes (`default_transaction_read_only = on`)", "turn that off, for this user at least");
  return setting["may_write"] === true ? [] : why("this user may only read the schema", "make it the schema's owner, or name another user");
}

/** What survives a loss of power, and what to set where something does not. */
function promises(setting: Readonly<Record<string, unknown>>): readonly Finding[] {
  const weak: string[] = [];
  if (setting["fsync"] === "off") weak.push("`fsync = off`: a loss of power can destroy the whole database; set it on");
  if (setting["commit"] === "off") weak.push("`synchronous_commit = off`: the last acknowledged runs are lost when the server crashes; set it on, for this user at least");
  if (setting["pages"] === "off") weak.push("`full_page_writes = off`: a page that was half written stays so, unless the file system writes whole ones; set it on");
  if (weak.length > 0) return weak.map((says) => ({ what: "durability", ok: true, weak: true, says }));
  const standbys = said(setting["standbys"]);
  const commit = said(setting["commit"]);
  const copies = standbys === "" || commit === "local" ? "losing its disk loses it: a synchronous standby keeps a second one" : `synchronous standbys (${standbys}) have it too`;
  return [{ what: "durability", ok: true, says: `fsync, synchronous_commit = ${commit} and full_page_writes: what was acknowledged survives a crash of the server, and a loss of power as far as the disk keeps what it says it has written; ${copies}` }];
}

const connection = (host: string, tls: boolean): Finding =>
  tls || isLoopback(host)
    ? { what: "connection", ok: true, says: tls ? "TLS" : "plain text, on this machine" }
    : { what: "connection", ok: true, weak: true, says: `FC6054: plain text to ${host}: write \`tls: {}\` under \`store\`` };

const said = (value: unknown): string => (typeof value === "string" ? value : "");
