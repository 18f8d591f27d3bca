import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { firstDifference } from "./difference.js";

interface Candidate {
  /** Among the calls of the file, from 1. */
  readonly number: number;
  readonly line: number;
  readonly request: JsonObject;
}

/** Why a call has no answer: the recording that is most like it, and the first field in which the two differ. */
export function missText(path: string, asked: JsonObject, recordings: readonly Candidate[]): string {
  const miss = `there is no recording of this call in ${path}`;
  let nearest: { readonly candidate: Candidate; readonly likeness: number } | null = null;
  for (const candidate of recordings) {
    const likeness = likenessOf(asked, candidate.request);
    if (nearest === null || likeness > nearest.likeness) nearest = { candidate, likeness };
  }
  if (nearest === null) return `${miss}, which has none of its kind`;
  const { number, line, request } = nearest.candidate;
  return `${miss}; the nearest is #${number} (line ${line}): ${firstDifference(asked, request)}`;
}

/** From 0 to 1, by the leaves of the one that has more. */
function likenessOf(asked: Json, recorded: Json): number {
  const { same, of } = compare(asked, recorded);
  return of === 0 ? 1 : same / of;
}

function compare(a: Json | undefined, b: Json | undefined): { readonly same: number; readonly of: number } {
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  if (left === null || right === null) return { same: left === null && right === null ? leafLikeness(a, b) : 0, of: Math.max(leaves(a), leaves(b)) };
  let same = 0;
  let of = 0;
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const part = compare(left.get(key), right.get(key));
    same += part.same;
    of += part.of;
  }
  return { same, of };
}

function leaves(value: Json | undefined): number {
  const fields = fieldsOf(value);
  return fields === null ? 1 : [...fields.values()].reduce<number>((sum, field) => sum + leaves(field), 0);
}

function fieldsOf(value: Json | undefined): ReadonlyMap<string, Json> | null {
  if (Array.isArray(value)) return new Map(value.map((item: Json, index): [string, Json] => [String(index), item]));
  return isJsonObject(value) ? new Map(Object.entries(value)) : null;
}

/** Of texts, the share that they begin and end with in common. */
function leafLikeness(a: Json | undefined, b: Json | undefined): number {
  if (a === b) return 1;
  if (typeof a !== "string" || typeof b !== "string") return 0;
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return (head + tail) / Math.max(a.length, b.length);
}
