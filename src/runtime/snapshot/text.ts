import { hash } from "node:crypto";
import type { Lasting } from "./lasting.js";

/** What a journal came to at `seq`. */
export interface Snapshot extends Lasting {
  /** Of the last event that was looked at. */
  readonly seq: number;
  /** When that was: a journal that says otherwise is another one. */
  readonly at: number;
}

/** To be raised whenever replay looks at an event that `lastingOf` left out before. */
const FORM = 2;

export function toText({ seq, at, events, spent }: Snapshot): string {
  const body = JSON.stringify({ seq, at, spent, events });
  return `${headOf(body)}${body}`;
}

/** Null for one of another version of this code, and one that is damaged. */
export function fromText(text: string): Snapshot | null {
  const body = text.slice(text.indexOf("{"));
  if (text !== `${headOf(body)}${body}`) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by its hash, this version of `toText` made it
  return JSON.parse(body) as Snapshot;
}

const headOf = (body: string): string => `${FORM} ${hash("sha256", body, "base64url")} `;
