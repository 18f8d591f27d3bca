import type { Entry } from "../ast.js";
import type { Node } from "../../parse/tree.js";
import type { Span } from "../../../core/diagnostic.js";
import type { Form, Outline, Reading } from "./form.js";
import { readName, type NameRule } from "./names.js";
import { wrongForm } from "./wrong-form.js";

/** A form per kind of node: short forms stand beside long ones without a guess. */
export function either<S = never, L = never, M = never>(forms: {
  readonly scalar?: Form<S>;
  readonly list?: Form<L>;
  readonly map?: Form<M>;
}): Form<S | L | M> {
  const of = [forms.scalar, forms.list, forms.map].flatMap((form) => (form === undefined ? [] : [form.outline]));
  const outline: Outline = { is: "either", of };
  return {
    outline,
    read: (node, at) => {
      if (node.kind === "scalar" && node.value === null) return wrongForm(node, outline, at);
      const form = forms[node.kind];
      return form === undefined ? wrongForm(node, outline, at) : form.read(node, at);
    },
  };
}

/** Every item is read, so that all problems are found; one broken item makes the list unusable. */
export function list<T>(of: Form<T>, min = 0): Form<readonly T[]> {
  const outline: Outline = { is: "list", of: of.outline, min };
  return {
    outline,
    read: (node, at) => {
      if (node.kind !== "list") return wrongForm(node, outline, at);
      if (node.items.length < min) {
        at.report("FC2012", node.span, `${at.what} is an empty list, and wants at least one item`);
        return undefined;
      }
      const values = node.items.map((item) => of.read(item, itemReading(item, at))).filter((value) => value !== undefined);
      return values.length === node.items.length ? values : undefined;
    },
  };
}

export const itemReading = (item: Node, at: Reading): Reading => ({
  ...at,
  what: at.what.startsWith("an item of") ? at.what : `an item of ${at.what}`,
  anchor: firstKey(item),
});

export const firstKey = (node: Node): Span => (node.kind === "map" ? (node.entries[0]?.key.span ?? node.span) : node.span);

/** Names that the author gives, each with a value. `section` names them in `FlowFile.broken`. */
export function record<T>(called: string, rule: NameRule, of: Form<T>, section?: string): Form<readonly Entry<T>[]> {
  const outline: Outline = { is: "record", of: of.outline, called, pattern: rule.pattern.source };
  return {
    outline,
    read: (node, at) => {
      if (node.kind !== "map") return wrongForm(node, outline, at);
      return node.entries.flatMap(({ key, value: node }) => {
        const name = readName(key, rule, at);
        const value = of.read(node, { ...at, what: `\`${key.text}\``, anchor: key.span });
        if (name !== undefined && value !== undefined) return [{ name, value }];
        if (section !== undefined) at.broken.add(`${section}.${key.text}`);
        return [];
      });
    },
  };
}
