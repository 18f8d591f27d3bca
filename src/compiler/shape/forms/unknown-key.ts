import type { MapEntry, ScalarNode } from "../../parse/tree.js";
import { similar } from "../../../core/typing/similar.js";
import { alien } from "../definitions/aliens.js";
import type { Reading } from "./form.js";
import type { Keys } from "./keys.js";

/**
 * Says what is wrong with a key that does not stand in `keys`, in the order of what helps most: a word from another
 * tool, a key that belongs elsewhere, a typo, the list of what may stand here. Gives the key that was meant, if it is sure.
 */
export function unknownKey(entry: MapEntry, section: string, keys: Keys, present: ReadonlySet<string>, at: Reading): string | null {
  const name = entry.key.text;
  const free = Object.keys(keys).filter((key) => !present.has(key) && keys[key]?.later === undefined);
  const called = section.startsWith("{") ? at.what : section;
  const foreign = alien(called, name);
  if (foreign !== null) {
    at.report("FC2009", entry.key.span, `\`${name}\` is not a key of ${called}`, { hint: foreign });
    return null;
  }
  const near = similar(name, free);
  const elsewhere = at.elsewhere(name);
  if (near !== null && (elsewhere.length === 0 || `${name}s` === near || `${near}s` === name)) {
    at.report("FC2002", entry.key.span, `\`${name}\` is not a key of ${called}`, {
      hint: `did you mean \`${near}\`?`,
      fix: { span: entry.key.span, text: near },
    });
    return near;
  }
  if (elsewhere.some((place) => place.endsWith(` ${at.what} step`))) {
    at.report("FC2002", entry.key.span, `\`${name}\` is not a key of ${called}`, { hint: `it stands beside ${at.what}, not inside it` });
    return null;
  }
  // The key of a kind is there, or its kind was not chosen.
  const missing = free.filter((key) => keys[key]?.required === true && !called.includes(`\`${key}\``));
  if (missing.length > 0) {
    at.report("FC2002", entry.key.span, `\`${name}\` is not a key of ${called}`, { hint: `${called} needs ${listed(missing)}: did you mean that?` });
    return null;
  }
  const places = elsewhere.slice(0, 3).join(", ");
  at.report("FC2002", entry.key.span, `\`${name}\` is not a key of ${called}`, {
    hint: elsewhere.length > 0 ? `it is a key of ${places}; here stand ${listed(free)}` : `keys here: ${listed(free)}`,
  });
  return null;
}

const listed = (names: readonly string[]): string => (names.length === 0 ? "no others" : names.map((name) => `\`${name}\``).join(", "));

export function later2090(key: ScalarNode, at: Reading, instead = "leave it out for now"): void {
  at.report("FC2090", key.span, `\`${key.text}\` is not supported by this version`, {
    hint: `it is a key of the language that comes later: ${instead}`,
  });
}
