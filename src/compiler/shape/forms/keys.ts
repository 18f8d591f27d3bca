import type { MapEntry, MapNode } from "../../parse/tree.js";
import type { Form, KeysOutline, Reading } from "./form.js";
import { later2090, unknownKey } from "./unknown-key.js";
import { wrongForm } from "./wrong-form.js";

/** One key: what stands behind it, and what an author is told about it. */
export interface Key<out T, out R extends boolean = boolean> {
  readonly form: Form<T>;
  readonly description: string;
  readonly required: R;
  /** The default in words or as YAML. */
  readonly default?: string;
  /** YAML of the value. */
  readonly example?: string;
  /** Not built yet: FC2090. `breaks`: what holds it means nothing without it. */
  readonly later?: "ignored" | "breaks";
  /** What does it until then. */
  readonly instead?: string;
}
export type Keys = Readonly<Record<string, Key<unknown>>>;

interface More {
  readonly default?: string;
  readonly example?: string;
}
export const must = <T>(form: Form<T>, description: string, more: More = {}): Key<T, true> => ({ form, description, required: true, ...more });
export const may = <T>(form: Form<T>, description: string, more: More = {}): Key<T, false> => ({ form, description, required: false, ...more });
/** A key of the language that this version does not support: its form is for the reference only. */
export const later = (form: Form<unknown>, description: string, kind: "ignored" | "breaks" = "ignored", instead?: string): Key<never, false> => ({
  form: { outline: form.outline, read: () => undefined },
  description,
  required: false,
  later: kind,
  ...(instead === undefined ? {} : { instead }),
});

type ValueOf<K> = K extends Key<infer T> ? T : never;
type RequiredNames<K extends Keys> = { [N in keyof K]: K[N] extends Key<unknown, true> ? N : never }[keyof K];
type Flat<T> = { readonly [N in keyof T]: T[N] };
export type Values<K extends Keys> = Flat<
  { readonly [N in RequiredNames<K>]: ValueOf<K[N]> } & { readonly [N in Exclude<keyof K, RequiredNames<K>>]?: ValueOf<K[N]> }
>;

export type Entries = ReadonlyMap<string, MapEntry>;
export interface Matched {
  readonly entries: Entries;
  /** Keys that nobody knows. */
  readonly open: readonly MapEntry[];
  /** A key was not understood, and what it meant is not known. */
  readonly broken: boolean;
}

/**
 * Gives each key of a map its place in `all`, and reports what has none. A key that is one typo away counts as the key
 * that was meant, so that nothing else is said about it.
 */
export function matchKeys(node: MapNode, outline: KeysOutline, at: Reading, all: Keys = outline.keys): Matched {
  const entries = new Map<string, MapEntry>();
  const open: MapEntry[] = [];
  const unknown: MapEntry[] = [];
  let broken = false;
  for (const entry of node.entries) {
    const key = Object.hasOwn(all, entry.key.text) ? all[entry.key.text] : undefined;
    if (key === undefined) (outline.open === true ? open : unknown).push(entry);
    else if (key.later === undefined) entries.set(entry.key.text, entry);
    else {
      later2090(entry.key, at, key.instead);
      broken ||= key.later === "breaks";
    }
  }
  const present = new Set(node.entries.map(({ key }) => key.text));
  for (const entry of unknown) {
    const meant = unknownKey(entry, outline.called, all, present, at);
    if (meant === null) broken = true;
    else entries.set(meant, entry);
  }
  return { entries, open, broken };
}

export interface ReadKeys<K extends Keys> {
  readonly values: Partial<Values<K>>;
  /** Keys that are missing or wrong and cannot be left out. */
  readonly failed: ReadonlySet<string>;
}

/** The values of `keys`, one by one: what is wrong or missing is reported and left out. */
export function readEach<K extends Keys>(keys: K, entries: Entries, called: string, at: Reading): ReadKeys<K>;
// The loop fills `values` key by key as `Values<K>` says; TypeScript cannot follow a mapped type through it.
export function readEach(keys: Keys, entries: Entries, called: string, at: Reading): { readonly values: Record<string, unknown>; readonly failed: ReadonlySet<string> } {
  const values: Record<string, unknown> = {};
  const failed = new Set<string>();
  let { excused } = at;
  for (const name of Object.keys(keys)) {
    const key = keys[name];
    const entry = entries.get(name);
    if (key === undefined) continue;
    if (entry !== undefined) {
      const example = key.example === undefined ? at.example : `${name}: ${key.example}`;
      const value = key.form.read(entry.value, { ...at, what: `\`${name}\``, anchor: entry.key.span, excused: false, example });
      if (value !== undefined) values[name] = value;
      else if (key.required || key.form.minor !== true) failed.add(name);
      // What is missing beside it may stand in it.
      if (key.form.outline.is === "keys" && entry.value.kind !== "map") excused = true;
    } else if (key.required) {
      failed.add(name);
      if (excused !== true) at.report("FC2003", at.anchor, `${called} needs the key \`${name}\``, { hint: key.example === undefined ? undefined : `for example \`${name}: ${key.example}\`` });
    }
  }
  return { values, failed };
}

/** The values of `keys`; null when one that the section cannot do without is missing or wrong. */
export function readKeys<K extends Keys>(keys: K, entries: Entries, called: string, at: Reading): Values<K> | null;
export function readKeys(keys: Keys, entries: Entries, called: string, at: Reading): Readonly<Record<string, unknown>> | null {
  const { values, failed } = readEach(keys, entries, called, at);
  return failed.size > 0 ? null : values;
}

/** A map with known keys. */
export function keys<K extends Keys>(called: string, keys: K): Form<Values<K>> & { readonly outline: KeysOutline } {
  const outline: KeysOutline = { is: "keys", called, keys };
  return {
    outline,
    read: (node, at) => {
      if (node.kind !== "map") return wrongForm(node, outline, at);
      const { entries, broken } = matchKeys(node, outline, at);
      const values = readKeys(keys, entries, subject(called, at), { ...at, excused: broken });
      return broken || values === null ? undefined : values;
    },
  };
}

/** `` `retry` `` where the key names the thing, else `an agent`. */
export const subject = (called: string, at: Reading): string => (called.startsWith("{") ? at.what : called.replace(/^a/, "A"));
