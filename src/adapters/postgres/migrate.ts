import pg from "pg";
import { InfraError } from "../../core/errors.js";
import { BUDGETS } from "../store/postgres/budgets.js";
import { SNAPSHOT_TABLES, STATES_OF_FLOWS, STORE_TABLES } from "../store/postgres/tables.js";
import { BY_INDEX, COMMIT_BATCH } from "../store/postgres/commit-batch.js";
import { COMMIT } from "../store/postgres/commit.js";
import { DROP_BLOBS } from "../store/postgres/drop-blobs.js";
import { QUEUES } from "../store/postgres/queues.js";
import { SPENT_IDS } from "../store/postgres/spent-ids.js";
import { TELL } from "../store/postgres/tell.js";
import { connect } from "./connect.js";
import { end } from "./end.js";
import { encoded, pooled, type Place } from "./failure.js";

/** What brings a schema from layout n to n + 1; a step that was released is never changed. */
const STEPS: readonly string[] = [`${STORE_TABLES}${COMMIT}`, SNAPSHOT_TABLES, QUEUES, BUDGETS, COMMIT_BATCH, `${SPENT_IDS}${TELL}`, `${DROP_BLOBS}${BY_INDEX}`, STATES_OF_FLOWS];

/** This version's layout of the schema. */
const VERSION = STEPS.length;

/** Of every layout: others call a table so too. */
const OURS = ["layout", "journal", "shards"];

/** Asked for with each connection, for nobody sets it otherwise: `search_path` may be the user's. */
export const MARK = "flowctl.direct";

/** Any number does, as long as every flowctl has the same: of two that come at once one waits. */
const MIGRATION_LOCK = 0x666c6f77;

/**
 * Who opens the schema: one that serves makes it, and brings an older one forward; others leave that to those, for what is
 * made is its maker's, and older processes that end cannot be started again on it. `check`: whether one that serves could
 * make it, where nothing is there yet; it is taken back.
 */
export type Purpose = "serve" | "ask" | "check";

/** Forward, in one transaction (I38): of several processes that start at once one does it. False where nothing is there yet, and is left so. */
export async function migrate(config: pg.ClientConfig, schema: string, place: Place, purpose: Purpose): Promise<boolean> {
  const client = await connect(config);
  try {
    const { rows: [encoding] } = await client.query<{ readonly server_encoding: string }>("SHOW server_encoding");
    if (encoding?.server_encoding !== "UTF8") throw encoded(encoding?.server_encoding ?? "", place);
    // A pooler may drop what was asked for with the connection: the tables would be made wherever it leads, and what is told would reach nobody.
    const { rows: [asked] } = await client.query<{ readonly mark: string | null }>("SELECT current_setting($1, true) AS mark", [MARK]);
    if (asked?.mark !== "on") throw pooled(place);
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [MIGRATION_LOCK, schema]);
    const found = await versionOf(client, schema, place);
    if (found === 0 && purpose === "ask") return false;
    const { rows: schemas } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
    if (schemas.length === 0) await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`);
    if (found > 0 && found < VERSION && purpose !== "serve")
      throw new InfraError("FC6052", `The ${placed(schema, place)} is of an older flowctl: it has layout ${found}, this version knows ${VERSION}.`, { hint: "Use the version that serves it. The next `flowctl run` of this one brings it forward; then the older version cannot be started on it any more." });
    if (found < VERSION) {
      for (const step of STEPS.slice(found)) await client.query(step);
      await client.query("DELETE FROM layout");
      await client.query("INSERT INTO layout (version) VALUES ($1)", [VERSION]);
    }
    // Whoever goes without a COMMIT leaves nothing.
    if (found === 0 && purpose === "check") return false;
    await client.query("COMMIT");
    return true;
  } finally {
    await end(client);
  }
}

const placed = (schema: string, { host, port, database }: Place): string => `schema \`${schema}\` of \`${database}\` on ${host}:${port}`;

async function versionOf(client: pg.Client, schema: string, place: Place): Promise<number> {
  const { rows } = await client.query<{ readonly table: string }>("SELECT tablename AS table FROM pg_tables WHERE schemaname = $1", [schema]);
  if (rows.length === 0) return 0;
  const at = placed(schema, place);
  if (!OURS.every((name) => rows.some(({ table }) => table === name))) throw new InfraError("FC6052", `The ${at} belongs to something else: it has tables, and not flowctl's.`, { hint: "Name another `schema` for the store." });
  // By its full name: without rights on the schema it would not be found, instead of refused.
  const { rows: [layout] } = await client.query<{ readonly version: number }>(`SELECT version FROM ${pg.escapeIdentifier(schema)}.layout`);
  const version = layout?.version ?? 0;
  if (version > VERSION) throw new InfraError("FC6052", `The ${at} is of a newer flowctl: it has layout ${version}, this version knows ${VERSION}.`, { hint: "Use the newer version, or another schema." });
  return version;
}
