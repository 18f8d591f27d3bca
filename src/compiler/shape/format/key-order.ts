import type { KeysOutline } from "../forms/form.js";
import type { Keys } from "../forms/keys.js";

export interface KeyOrder {
  /** All keys that may stand there, in their usual order. */
  readonly keys: Keys;
  /** Indexes of `names` in that order; null where a name is not known, or the kind is not. */
  readonly order: readonly number[] | null;
}

/** The usual order: common keys that lead, the kind's own, the other common ones. */
export function keyOrder(outline: KeysOutline, names: readonly string[]): KeyOrder {
  const keys = orderedKeys(outline, names);
  const places = Object.keys(keys);
  if (names.some((name) => !places.includes(name))) return { keys, order: null };
  const order = names.map((_, index) => index).sort((a, b) => places.indexOf(names[a] ?? "") - places.indexOf(names[b] ?? ""));
  return { keys, order };
}

function orderedKeys({ keys, kinds, leading = [] }: KeysOutline, names: readonly string[]): Keys {
  const kind = kinds?.find(({ key }) => names.includes(key));
  if (kind === undefined) return keys;
  const first = Object.fromEntries(Object.entries(keys).filter(([name]) => leading.includes(name)));
  const head = Object.fromEntries(Object.entries(kind.keys).filter(([name]) => name === kind.key));
  return { ...first, ...head, ...kind.keys, ...keys };
}
