import { InfraError } from "../../core/errors.js";
import { clauseOf, messageOf } from "../../core/message-of.js";

/** A server, as it is named in messages: never with a password. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

const placed = ({ host, port, database }: Place): string => `\`${database}\` on ${host}:${port}`;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const PG = { AUTHORIZATION: "28000", PASSWORD: "28P01", NO_DATABASE: "3D000", PRIVILEGE: "42501", NO_SCHEMA: "3F000", DEADLOCK: "40P01", SERIALIZATION: "40001", READ_ONLY: "25006", FULL: "53100", PROTOCOL: "08P01" } as const;

/** The driver's words for it: it gives no code. */
const NO_TLS = "The server does not support SSL connections";

/** What no waiting mends is an InfraError; everything else may be asked for again. `wrote`: the server, or the one that the address led to before, took writes. */
export function failureOf(thrown: unknown, place: Place, wrote = false): Error {
  if (thrown instanceof InfraError) return thrown;
  const message = messageOf(thrown);
  // A primary that is relieved, or whose disk is full: until it, or the next one, takes them again.
  if (wrote && isReadOnly(thrown)) return new Error(`PostgreSQL, ${placed(place)}: ${message}`, { cause: thrown });
  switch (codeOf(thrown)) {
    case PG.AUTHORIZATION:
    case PG.PASSWORD:
      return new InfraError("FC6051", `PostgreSQL refuses this user for ${placed(place)}: ${message}.`, { hint: "Look at `user` and `password` of the store, and at the server's pg_hba.conf.", cause: thrown });
    case PG.NO_DATABASE:
      return new InfraError("FC6051", `There is no database ${placed(place)}.`, { hint: "Make it with `createdb`, or name another one in the store's `url`.", cause: thrown });
    case PG.PRIVILEGE:
    case PG.NO_SCHEMA:
    case PG.READ_ONLY:
      return new InfraError("FC6051", `PostgreSQL does not let this user work in ${placed(place)}: ${message}.`, { hint: "It needs a schema of its own that it may create tables in, on the primary server.", cause: thrown });
    case PG.PROTOCOL:
      return message.includes("startup parameter") ? pooled(place, thrown) : new Error(`PostgreSQL, ${placed(place)}: ${message}`, { cause: thrown });
    default:
      if (message === NO_TLS) return new InfraError("FC6051", `PostgreSQL speaks no TLS for ${placed(place)}.`, { hint: "Take `tls` out of the store, or turn it on at the server (`ssl = on`).", cause: thrown });
      return new Error(`PostgreSQL, ${placed(place)}: ${message}`, { cause: isRefused(thrown) ? thrown : away(place, thrown) });
  }
}

/** The server has looked at a statement, and does not take it; it has not where it ends, has no room or lost the connection. */
const isRefused = (thrown: unknown): boolean => typeof thrown === "object" && thrown !== null && "severity" in thrown && !/^(?:08|53|57)/.test(String(codeOf(thrown)));

/** The server asks for a password, and the store has none. */
export const noPassword = (place: Place): InfraError =>
  new InfraError("FC6051", `PostgreSQL asks for a password for ${placed(place)}, and the store has none.`, { hint: "Set `password` of the store, as a secret: `{ kind: postgres, url, password: \"${env:STORE_PASSWORD}\" }`." });

/** What is asked for with a connection does not reach the server. */
export const pooled = (place: Place, cause?: unknown): InfraError =>
  new InfraError("FC6051", `On the way to ${placed(place)} is a pooler: what flowctl asks for with its connections does not arrive.`, { hint: "Name the server itself in the store's `url`: prepared statements and LISTEN belong to a connection, and flowctl has few of them.", cause });

/** It would refuse the first text with a character that it does not know, and the next try again. */
export const encoded = (encoding: string, place: Place): InfraError =>
  new InfraError("FC6051", `The database ${placed(place)} keeps texts as ${encoding}, which cannot hold every text.`, { hint: "Make one with `createdb --encoding UTF8 --template template0`, and name it in the store's `url`." });

/** Nobody has served this store yet, or what was there was taken away. */
export const unmade = (schema: string, place: Place): InfraError =>
  new InfraError("FC6052", `There are no runs here yet: the schema \`${schema}\` of ${placed(place)} has no tables.`, { hint: "`flowctl run` makes them. Another place is named by `store:` in flowctl.yaml." });

/** Nobody answers there: what a start says after it has tried for a while. */
export const away = (place: Place, cause: unknown): InfraError =>
  new InfraError("FC6050", `PostgreSQL is not reached for ${placed(place)}: ${clauseOf(cause)}.`, { hint: "Look whether the server runs and lets this machine in, and whether `store` names its host and port.", cause });

export function codeOf(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
}

export const isReadOnly = (thrown: unknown): boolean => codeOf(thrown) === PG.READ_ONLY;

/** The whole transaction was undone, and may be tried again at once. */
export const mayBeRepeated = (thrown: unknown): boolean => codeOf(thrown) === PG.DEADLOCK || codeOf(thrown) === PG.SERIALIZATION;
