/** An error as it crosses a thread: what SQLite says by number, or what a statement's own code threw. */
export interface SqliteFailure {
  readonly message: string;
  /** SQLite's primary result code, null for an error that is not SQLite's. */
  readonly result: number | null;
  /** The code of an InfraError, with its hint. */
  readonly code: `FC${number}` | null;
  readonly hint: string | null;
}

/** Primary result codes, https://www.sqlite.org/rescode.html */
export const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

export function failureOf(thrown: unknown): SqliteFailure {
  const { message, errcode, code, hint }: { message?: unknown; errcode?: unknown; code?: unknown; hint?: unknown } = typeof thrown === "object" && thrown !== null ? thrown : {};
  return {
    message: typeof message === "string" ? message : String(thrown),
    // Extended codes hold the primary one in their low byte.
    result: typeof errcode === "number" ? errcode & 0xff : null,
    code: typeof code === "string" && isFlowCode(code) ? code : null,
    hint: typeof hint === "string" ? hint : null,
  };
}

/** After these SQLite has rolled the whole transaction back, or nothing of it can be trusted. */
export const endsTransaction = ({ result }: SqliteFailure): boolean =>
  result === SQLITE.FULL || result === SQLITE.IOERR || result === SQLITE.CORRUPT || result === SQLITE.NOTADB || result === SQLITE.READONLY || result === SQLITE.BUSY;

const isFlowCode = (code: string): code is `FC${number}` => /^FC\d{4}$/.test(code);
