import type { KeysOutline, Kind, Outline } from "../forms/form.js";
import type { Key } from "../forms/keys.js";

/** One key at one place of the language. */
export interface PlacedKey {
  /** From the top of the file, without the names that authors give: `agents.limits.turns`, `steps.map.over`. */
  readonly path: readonly string[];
  readonly key: Key<unknown>;
  /** Where it stands: `the top level`, `an agent`, `` `limits` ``, `` a `map` step ``. */
  readonly place: string;
  readonly section: KeysOutline;
  readonly kind?: Kind;
  /** The key, or something around it, is not built. */
  readonly later: boolean;
}

/** Every key below an outline, in the order of the definitions. Blocks inside blocks are visited once. */
export function* allKeys(outline: Outline, path: readonly string[] = [], later = false, seen: ReadonlySet<string> = new Set()): Generator<PlacedKey> {
  switch (outline.is) {
    case "list":
    case "record":
      yield* allKeys(outline.of, path, later, seen);
      return;
    case "either":
      for (const one of outline.of) yield* allKeys(one, path, later, seen);
      return;
    case "named":
      if (!seen.has(outline.name)) yield* allKeys(outline.get(), path, later, new Set([...seen, outline.name]));
      return;
    case "keys":
      for (const [name, key] of Object.entries(outline.keys)) yield* one(outline, undefined, name, key, path, later, seen);
      for (const kind of outline.kinds ?? []) {
        for (const [name, key] of Object.entries(kind.keys)) yield* one(outline, kind, name, key, path, later, seen);
      }
      return;
    default:
  }
}

function* one(section: KeysOutline, kind: Kind | undefined, name: string, key: Key<unknown>, path: readonly string[], later: boolean, seen: ReadonlySet<string>): Generator<PlacedKey> {
  const beside = kind !== undefined && kind.key !== name;
  const own = [...path, ...(beside ? [kind.key] : []), name];
  const notYet = later || key.later !== undefined || (kind?.later ?? false);
  yield { path: own, key, place: placeOf(section, kind, path), section, ...(kind === undefined ? {} : { kind }), later: notYet };
  yield* allKeys(key.form.outline, own, notYet, seen);
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
