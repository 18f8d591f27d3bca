import pg from "pg";

/*
 * PostgreSQL's texts hold no NUL, and no half of a surrogate pair. NUL is written as \u0001 0 and \u0001 as \u0001 1,
 * which keeps the order of keys; JSON has neither, for it escapes them itself.
 */

// oxlint-disable-next-line no-control-regex -- these are the characters that it is about
const SPECIAL = /[\0\u0001]/g;

export function toText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") || whole.includes(MARK) ? whole.replace(SPECIAL, (one) => (one === MARK ? `${MARK}1` : `${MARK}0`)) : whole;
}

const TEXT: number = pg.types.builtins.TEXT;

/** Reads columns of texts back. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (type: number, format?: "text" | "binary") => (type === TEXT ? fromText : pg.types.getTypeParser(type, format)),
};

export function fromText(text: string): string {
  return text.includes(MARK) ? text.replace(WRITTEN, (two) => (two === `${MARK}1` ? MARK : "\0")) : text;
}

const MARK = "\u0001";
// oxlint-disable-next-line no-control-regex -- as above
const WRITTEN = /\u0001[01]/g;
