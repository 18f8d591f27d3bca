import type { KeysOutline, Kind, Outline } from "../forms/form.js";
import type { Key } from "../forms/keys.js";

/** One key at one place of the language. */
export interface PlacedKey {
  /** From the top of the file, without the names that authors give: `agents.limits.turns`, `steps.map.over`. */
  readonly path: readonly string[];
  /** The path without the kinds that keys stand beside: `guards.output.on_fail`, whose path has `check` in it. */
  readonly written: readonly string[];
  readonly key: Key<unknown>;
  /** Where it stands: `the top level`, `an agent`, `` `limits` ``, `` a `map` step ``. */
  readonly place: string;
  /** The key, or something around it, is not built. */
  readonly later: boolean;
}

interface Place {
  readonly path: readonly string[];
  readonly written: readonly string[];
  readonly later: boolean;
  /** Named forms that are not entered again. */
  readonly seen: ReadonlySet<string>;
}
const TOP: Place = { path: [], written: [], later: false, seen: new Set() };
/** At the top, without entering the named forms. */
export const topWithout = (...names: readonly string[]): Place => ({ ...TOP, seen: new Set(names) });

/** Every key below an outline, in the order of the definitions. Blocks inside blocks are visited once. */
export function* allKeys(outline: Outline, at: Place = TOP): Generator<PlacedKey> {
  switch (outline.is) {
    case "list":
    case "record":
      yield* allKeys(outline.of, at);
      return;
    case "either":
      for (const one of outline.of) yield* allKeys(one, at);
      return;
    case "named":
      if (!at.seen.has(outline.name)) yield* allKeys(outline.get(), { ...at, seen: new Set([...at.seen, outline.name]) });
      return;
    case "keys":
      for (const [name, key] of Object.entries(outline.keys)) yield* one(outline, undefined, name, key, at);
      for (const kind of outline.kinds ?? []) {
        for (const [name, key] of Object.entries(kind.keys)) yield* one(outline, kind, name, key, at);
      }
      return;
    case "text":
    case "word":
    case "number":
    case "boolean":
    case "duration":
    case "cel":
    case "data":
    case "type":
      return;
  }
}

function* one(section: KeysOutline, kind: Kind | undefined, name: string, key: Key<unknown>, at: Place): Generator<PlacedKey> {
  const beside = kind !== undefined && kind.key !== name;
  const path = [...at.path, ...(beside ? [kind.key] : []), name];
  const written = [...at.written, name];
  const later = at.later || key.later !== undefined || (kind?.later ?? false);
  yield { path, written, key, place: placeOf(section, kind, at.path), later };
  yield* allKeys(key.form.outline, { ...at, path, written, later });
}

function placeOf(section: KeysOutline, kind: Kind | undefined, path: readonly string[]): string {
  const holder = path.at(-1);
  if (holder === undefined) return "the top level";
  if (kind !== undefined && section.called === "a step") return `${/^[aeiou]/.test(kind.key) ? "an" : "a"} \`${kind.key}\` step`;
  return section.called.startsWith("{") ? `\`${holder}\`` : section.called;
}

/** For each key the places where it may stand. */
export function placesOf(outline: Outline): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>();
  for (const { path, place, later } of allKeys(outline)) {
    const name = path.at(-1);
    if (name === undefined || later) continue;
    const known = places.get(name) ?? [];
    if (!known.includes(place)) known.push(place);
    places.set(name, known);
  }
  return places;
}
