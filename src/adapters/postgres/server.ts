import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import pg from "pg";
import type { BrokerConnection } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import { pemsNow } from "../pems-now.js";
import { connect } from "./connect.js";
import { away, failureOf, isReadOnly, mayBeRepeated, noPassword, type Place, unmade } from "./failure.js";
import { end } from "./end.js";
import { listenOn } from "./listen.js";
import { MARK, migrate, type Purpose } from "./migrate.js";
import { openReaders, type Readers } from "./readers.js";
import { patienceFor, SILENT_MS } from "./patience.js";
import { toText, types } from "./text.js";

/** What lets flowctl in. */
export interface Credentials {
  readonly password: string | null;
  /** Null: in plain text. */
  readonly tls: BrokerConnection["tls"];
}

export interface PostgresSettings extends Place, Credentials {
  readonly user: string;
  /** As they stand in their files now: for each further connection. Absent: nothing of them is in a file. */
  readonly renewed?: () => Credentials;
  /** Where the tables are; made where it is not there. */
  readonly schema: string;
}

type Row = Readonly<Record<string, unknown>>;
/** Texts may hold any character: they are made fit for PostgreSQL here, and read back as they were. */
export type Value = string | number | boolean | null | readonly string[] | readonly number[];
export type Statement = readonly [sql: string, values: readonly Value[]];

/** One schema of a PostgreSQL database, with as many connections as are needed. */
export interface Postgres extends AsyncDisposable {
  readonly place: Place;
  readonly schema: string;
  /** False: nobody has served it yet, and it is left so. Each read and write is refused then. */
  readonly there: boolean;
  /** One after the other, on one connection, each a transaction of its own; durable when it resolves, as far as the server promises that. */
  write(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** As `write`, in one transaction; gives the rows of the first. */
  writeTogether(statements: readonly Statement[]): Promise<readonly Row[]>;
  /** Sees all writes that have resolved. */
  read(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** As `read`, on a connection of its own: neither commits nor slow reads hold it up. */
  readBeside(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Calls `heard` with what is told on a channel; with null when some may have been missed, at first too. Connects again by itself. */
  listen(channel: string, heard: (payload: string | null) => void): Promise<AsyncDisposable>;
}

/** The driver asks for the host's name in the certificate, unless the host is an address. */
const named = (serverName: string | undefined): ConnectionOptions => (serverName === undefined ? {} : { servername: serverName, checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) });

/** Connections that read. */
const READERS = 4;
const CONNECT_MS = 10_000;
/**
 * A machine that is gone in the middle of a commit leaves its transaction, with the locks of its shards, to the server,
 * which by itself looks for it after two hours: nobody could take these shards (I11).
 */
const ALIVE = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";
/** So long a close waits for what was asked for before it. */
const LAST_MS = 3000;
/** In a row, of one statement. */
const DEADLOCKS = 5;

/** Connects, and to serve makes the schema, or brings it up to this version. Rejects with an InfraError where it cannot. */
export async function openPostgres(settings: PostgresSettings, purpose: Purpose = "serve"): Promise<Postgres> {
  const { host, port, database, schema, renewed = () => settings } = settings;
  const place = { host, port, database };
  const config = {
    host, port, database,
    user: settings.user,
    // Called only by a server that asks: the driver would look into the environment, and fail by the way that is asked in.
    async password() {
      const { password } = renewed();
      if (password === null || password === "") throw noPassword(place);
      return password;
    },
    ssl: settings.tls === null ? false : Object.assign(pemsNow(() => renewed().tls), named(settings.tls.serverName)),
    application_name: "flowctl",
    // What a database or a user has set otherwise would let statements see what was there before a lock was theirs (I16).
    options: `-c search_path=${schema} -c default_transaction_isolation=read\\ committed -c ${MARK}=on ${ALIVE}`,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: SILENT_MS,
    keepAlive: true,
    types,
  } as const;
  const names = new Map<string, string>();
  const statement = (text: string, values: readonly Value[]) => {
    const name = names.get(text) ?? `flowctl_${names.size}`;
    names.set(text, name);
    return { name, text, values: values.map(fit) };
  };
  let there: boolean;
  try {
    there = await migrate(config, schema, place, purpose);
  } catch (thrown) {
    if (thrown instanceof InfraError) throw thrown;
    const failure = failureOf(thrown, place);
    throw failure instanceof InfraError ? failure : away(place, thrown);
  }
  const readers = openReaders(config, READERS);
  const beside = openReaders(config, 1);

  let writer: Promise<pg.Client> | null = null;
  let closed = false;
  let wrote = false;
  const connected = (): Promise<pg.Client> => {
    if (writer !== null) return writer;
    // A connection that is made now would be nobody's to end.
    if (closed) return Promise.reject(away(place, new Error("it is closed here")));
    const made = connect(config);
    writer = made;
    const lose = (): void => {
      if (writer === made) writer = null;
    };
    made.then((client) => client.on("error", lose).on("end", lose), lose);
    return made;
  };
  let last: Promise<unknown> = Promise.resolve();

  /** Of two transactions that wait for each other one is undone as a whole: it is the same once more. */
  async function repeated(statements: readonly Statement[]): Promise<readonly Row[]> {
    for (let again = 0; ; again += 1) {
      try {
        return await writing(statements);
      } catch (thrown) {
        if (!mayBeRepeated(thrown) || again === DEADLOCKS) throw thrown;
      }
    }
  }

  async function writing(statements: readonly Statement[]): Promise<readonly Row[]> {
    const together = statements.length > 1;
    let client: pg.Client | null = null;
    try {
      client = await connected();
      if (together) await client.query("BEGIN");
      const results: (readonly Row[])[] = [];
      for (const [sql, values] of statements) {
        const query = { ...statement(sql, values), query_timeout: patienceFor([values]) };
        results.push((await client.query<Row>(query)).rows);
      }
      if (together) await client.query("COMMIT");
      wrote = true;
      return results[0] ?? [];
    } catch (thrown) {
      // One that did not answer in time still waits for the answer, one in a transaction has to leave it. From one that is read-only the address may lead elsewhere by now.
      if (client !== null && (!isSaid(thrown) || isReadOnly(thrown) || together)) {
        writer = null;
        void end(client);
      }
      const failure = failureOf(thrown, place, wrote);
      throw isSaid(thrown) && !(failure instanceof InfraError) ? thrown : failure;
    }
  }

  const inTurn = (statements: readonly Statement[]): Promise<readonly Row[]> => {
    if (!there) return Promise.reject(unmade(schema, place));
    const mine = last.then(() => repeated(statements));
    last = mine.catch(ignored);
    return mine;
  };

  const readOn = (from: Readers, sql: string, values: readonly Value[] = []): Promise<readonly Row[]> =>
    there ? from.read<Row>(statement(sql, values)).catch((thrown: unknown) => Promise.reject(failureOf(thrown, place, wrote))) : Promise.reject(unmade(schema, place));

  return {
    place,
    schema,
    there,
    write: (sql, values = []) => inTurn([[sql, values]]),
    writeTogether: inTurn,
    read: (sql, values) => readOn(readers, sql, values),
    readBeside: (sql, values) => readOn(beside, sql, values),
    async listen(channel, heard) {
      try {
        return await listenOn(config, channel, heard);
      } catch (thrown) {
        throw failureOf(thrown, place);
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      // What was asked for before is done, unless the server is silent.
      await Promise.race([last, passed(LAST_MS)]);
      await Promise.all([writer?.then(end, ignored), readers[Symbol.asyncDispose](), beside[Symbol.asyncDispose]()]);
    },
  };
}

/** The server has answered, with an error. */
const isSaid = (thrown: unknown): boolean => thrown instanceof pg.DatabaseError;

const fit = (value: Value): unknown => (typeof value === "string" ? toText(value) : Array.isArray(value) ? value.map((one: unknown) => (typeof one === "string" ? toText(one) : one)) : value);

const ignored = (): void => undefined;

const passed = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());
