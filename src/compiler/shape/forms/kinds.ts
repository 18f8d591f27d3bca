import type { MapNode } from "../../parse/tree.js";
import type { Span } from "../../../core/diagnostic.js";
import { similar } from "../../../core/typing/similar.js";
import { alien } from "../definitions/aliens.js";
import type { Form, Kind, KeysOutline, Reading } from "./form.js";
import { matchKeys, readKeys, subject, type Entries, type Keys, type Values } from "./keys.js";
import { later2090 } from "./unknown-key.js";
import { wrongForm } from "./wrong-form.js";

/** One kind of step, trigger, tool, guard or case: the key that says so, and what stands beside it. */
export interface KindForm<out T> extends Kind {
  /** What does it until then, where it is not built. */
  readonly instead?: string;
  readonly read: (entries: Entries, called: string, node: MapNode, at: Reading) => T | undefined;
}

export const kind = <K extends Keys, T>(
  key: string & keyof K,
  keys: K,
  about: { readonly description: string; readonly example: string },
  make: (values: Values<K>, node: MapNode, at: Reading) => T | undefined,
): KindForm<T> => ({
  key,
  keys,
  ...about,
  later: false,
  read: (entries, called, node, at) => {
    const values = readKeys(keys, entries, called, at);
    return values === null || at.excused === true ? undefined : make(values, node, at);
  },
});

/** A kind that this version does not support: one FC2090 at its key, and nothing about the rest. */
export const laterKind = (key: string, keys: Keys, about: { readonly description: string; readonly example: string; readonly instead?: string }): KindForm<never> => ({
  key,
  keys,
  ...about,
  later: true,
  read: () => undefined,
});

export interface Choice<C extends Keys, T, R> {
  /** `a step`. */
  readonly called: string;
  readonly common: C;
  readonly kinds: readonly KindForm<T>[];
  /** Common keys that are written before the kind; the others come after it. */
  readonly leading?: readonly string[];
  /** `extends` may stand for a tool's kind. */
  readonly optional?: boolean;
  readonly make: (common: Values<C>, part: T | undefined, head: Span, node: MapNode, at: Reading) => R | undefined;
}

/** A map whose kind is chosen by which of the kinds' keys stands in it: that is looked at first, so that messages speak of that kind. */
export function choice<C extends Keys, T, R>(spec: Choice<C, T, R>): Form<R> & { readonly outline: KeysOutline } {
  const outline: KeysOutline = { is: "keys", called: spec.called, keys: spec.common, kinds: spec.kinds, kindRequired: spec.optional !== true, ...(spec.leading === undefined ? {} : { leading: spec.leading }) };
  const keysOf = new Map(spec.kinds.map((form): [string, Keys] => [form.key, { ...spec.common, ...form.keys }]));
  return {
    outline,
    read: (node, at) => {
      if (node.kind !== "map") return wrongForm(node, outline, at);
      const chosen = choose(node, spec, at);
      if (chosen === undefined) return undefined;
      const form = chosen?.form;
      const all = form === undefined ? spec.common : (keysOf.get(form.key) ?? spec.common);
      const called = form === undefined || spec.called !== "a step" ? spec.called : `${/^[aeiou]/.test(form.key) ? "an" : "a"} \`${form.key}\` step`;
      const inside = chosen === null ? at : { ...at, anchor: chosen.head, example: chosen.form.example };
      // Under its own name, also where it is misspelt.
      const named = chosen === null ? node.entries : node.entries.map((entry) => (entry === chosen.entry ? { ...entry, key: { ...entry.key, text: chosen.form.key } } : entry));
      const { entries, broken } = matchKeys({ ...node, entries: named }, { ...outline, called }, inside, all);
      const common = readKeys(spec.common, entries, subject(called, at), { ...inside, excused: broken });
      const part = form?.read(entries, subject(called, at), node, { ...inside, excused: broken });
      if (broken || common === null || (form !== undefined && part === undefined)) return undefined;
      return spec.make(common, part, chosen?.head ?? at.anchor, node, inside);
    },
  };
}

type Entry = MapNode["entries"][number];
/** Null: no kind, and none is needed. Undefined: no kind, or two, or one that is not built; reported. */
function choose<C extends Keys, T, R>(
  node: MapNode,
  spec: Choice<C, T, R>,
  at: Reading,
): { readonly form: KindForm<T>; readonly head: Span; readonly entry: Entry } | null | undefined {
  const present = node.entries.flatMap((entry) => {
    const form = spec.kinds.find(({ key }) => key === entry.key.text);
    return form === undefined ? [] : [{ form, entry, head: entry.key.span }];
  });
  const [first, ...others] = present;
  if (first === undefined) return spec.optional === true && node.entries.some(({ key }) => key.text === "extends") ? null : missing(node, spec, at);
  if (first.form.later) {
    later2090(first.entry.key, at, first.form.instead);
    return undefined;
  }
  const second = others.find(({ entry }) => !Object.hasOwn(first.form.keys, entry.key.text));
  if (second === undefined) return first;
  at.report("FC2007", second.head, `${spec.called} has one kind: this one is already \`${first.form.key}\`, so \`${second.form.key}\` cannot stand beside it`, {
    hint: spec.called === "a step" ? "write two steps" : undefined,
    related: [{ span: first.head, message: `\`${first.form.key}\` stands here` }],
  });
  return undefined;
}

function missing<C extends Keys, T, R>(node: MapNode, spec: Choice<C, T, R>, at: Reading) {
  const known = new Set([...Object.keys(spec.common), ...spec.kinds.flatMap(({ keys }) => Object.keys(keys))]);
  const meant = misspelt(node, spec, known);
  for (const entry of node.entries) {
    // `if` beside `ptu` is the one of `put`.
    const hint = Object.hasOwn(spec.common, entry.key.text) || (meant !== null && Object.hasOwn(meant.form.keys, entry.key.text)) ? null : alien(spec.called, entry.key.text);
    if (hint === null) continue;
    at.report("FC2009", entry.key.span, `\`${entry.key.text}\` is not a key of ${spec.called}`, { hint });
    return undefined;
  }
  if (meant !== null) {
    const { form, head } = meant;
    at.report("FC2002", head, `\`${meant.entry.key.text}\` is not a key of ${spec.called}`, { hint: `did you mean \`${form.key}\`?`, fix: { span: head, text: form.key } });
    return meant;
  }
  const beside = node.entries.find(({ key }) => !Object.hasOwn(spec.common, key.text) && known.has(key.text));
  const owners = spec.kinds.filter(({ keys }) => beside !== undefined && Object.hasOwn(keys, beside.key.text)).map(({ key }) => `\`${key}\``);
  at.report("FC2006", beside?.key.span ?? at.anchor, `${spec.called} needs its kind: one of ${spec.kinds.filter(({ later }) => !later).map(({ key }) => `\`${key}\``).join(", ")}`, {
    hint: beside === undefined ? undefined : `\`${beside.key.text}\` stands beside ${owners.join(" or ")}`,
  });
  return undefined;
}

/** An entry whose key is that of a kind but for a letter or two. */
function misspelt<C extends Keys, T, R>(node: MapNode, spec: Choice<C, T, R>, known: ReadonlySet<string>) {
  for (const entry of node.entries) {
    if (known.has(entry.key.text)) continue;
    const near = similar(entry.key.text, spec.kinds.map(({ key }) => key));
    const form = spec.kinds.find(({ key, later }) => key === near && !later);
    if (form !== undefined) return { form, entry, head: entry.key.span };
  }
  return null;
}
