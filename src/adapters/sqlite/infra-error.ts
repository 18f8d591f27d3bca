import { InfraError } from "../../core/errors.js";
import { SQLITE, type SqliteFailure } from "./failure.js";

/** What a failure of the file means to a person: one sentence, and what to do. */
export function infraError(path: string, failure: SqliteFailure): Error {
  const { message, result, code, hint } = failure;
  if (code !== null) return new InfraError(code, message, hint === null ? {} : { hint });
  switch (result) {
    case SQLITE.FULL:
      return new InfraError("FC6011", `The disk of the database \`${path}\` is full.`, { hint: "Make room; what was acknowledged is safe, and work goes on where it stood." });
    case SQLITE.IOERR:
      return new InfraError("FC6012", `Reading or writing the database \`${path}\` failed: ${message}.`, { hint: "Look at the disk; what was acknowledged before is safe as far as the disk kept it." });
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
      return cannotWrite(path, message);
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return notOurs(path, message);
    case SQLITE.BUSY:
      return new InfraError("FC6016", `The database \`${path}\` is locked by another program.`, { hint: "End the program that has it open." });
    default:
      return new Error(`${path}: ${message}`);
  }
}

export const cannotWrite = (path: string, why: string, hint = "Its folder must be there or be creatable, and be writable by this user."): InfraError =>
  new InfraError("FC6013", `The database \`${path}\` cannot be written: ${why}.`, { hint });

export const notOurs = (path: string, why: string): InfraError =>
  new InfraError("FC6014", `The file \`${path}\` is no usable flowctl database: ${why}.`, { hint: RESTORE });

const RESTORE = "Restore it from a backup, without a `-wal` and a `-shm` of the file before beside it, or name another path.";

/** Somebody is just making it, or was cut off while making it; or it is no database. */
export class Unmade extends InfraError {
  constructor(path: string, why: string) {
    super("FC6014", `The file \`${path}\` is no usable flowctl database: ${why}.`, { hint: "The next `flowctl run` makes it one. If it held runs, and holds none then, restore it from a backup." });
  }
}
