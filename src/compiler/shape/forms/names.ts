import type { Located } from "../ast.js";
import type { ScalarNode } from "../../parse/tree.js";
import type { Form, Outline, Reading } from "./form.js";
import { wrongForm } from "./wrong-form.js";

/** What a kind of name may look like. */
export interface NameRule {
  readonly called: string;
  readonly pattern: RegExp;
  /** Says which characters are allowed. */
  readonly allowed: string;
  /** Words that expressions cannot read as a name. */
  readonly reserved?: ReadonlySet<string>;
  /** Stands in a fix for what is not allowed; absent: `_`. */
  readonly joint?: "-";
  /** What a text of two parts was meant to be, itself where nobody knows; null: it has one part. */
  readonly parted?: (text: string) => string | null;
  /** What to write for a pattern of several, `orders.*`. */
  readonly several?: string;
}

/** Names that expressions read after a dot: `steps.a-b` would be a subtraction. */
export const STEP_ID: NameRule = {
  called: "a name",
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  allowed: "letters, digits and `_`, and starts with no digit: expressions read it",
  reserved: new Set(["true", "false", "null", "in"]),
};
/** Names that stand in expressions by themselves, such as `item`. */
export const VARIABLE: NameRule = {
  ...STEP_ID,
  reserved: new Set(
    "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
  ),
};
/** Agents, tools, policies, types. */
export const DECLARED: NameRule = { called: "a name", pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/, allowed: "letters, digits, `_` and `-`" };
/** Flows, topics, models. */
export const DOTTED: NameRule = { called: "a name", pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, allowed: "letters, digits, `_`, `-` and `.`" };
/** A reference to a declared name, with the prefix of its library. */
export const REFERENCE: NameRule = { called: "a name", pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, allowed: "letters, digits, `_`, `-` and `.`" };
export const MODEL_REFERENCE: NameRule = {
  called: "a model's name",
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/\S+)?$/,
  allowed: "the name of a model, or `provider/model`",
  parted: (text) => (text.includes("/") ? text : null),
};
export const FLOW_REFERENCE: NameRule = {
  called: "a flow's id",
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*(@\d+)?$/,
  allowed: "a flow's id, or `id@major`",
  parted: (text) => (text.includes("@") ? text.replace(/@v?(\d+)(\.\d+)*$/i, "@$1") : null),
};
/** A header of HTTP. */
export const HEADER: NameRule = { called: "the name of a header", pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, allowed: "letters, digits and signs such as `-`, and no spaces", joint: "-" };
/** What a step raises: it is known before anything runs, so no `${…}` makes it. */
export const CODE: NameRule = { called: "a code", pattern: /^[^\s$]+$/, allowed: "no spaces and no `$`" };

export function readName(node: ScalarNode, rule: NameRule, at: Reading): Located<string> | undefined {
  const text = node.text;
  if (rule.pattern.test(text) && !(rule.reserved?.has(text) ?? false)) return { value: text, span: node.span };
  const legal = rule.parted?.(text.trim()) ?? joined(text.trim(), rule);
  const computed = text.includes("${");
  const several = /[*>]/.test(text);
  const fits = !computed && !several && legal !== text && rule.pattern.test(legal) && !(rule.reserved?.has(legal) ?? false);
  at.report(
    "FC2008",
    node.span,
    rule.reserved?.has(text) === true ? `\`${text}\` is a word of the expression language and cannot be a name` : `\`${text}\` is no name for ${at.what}: it may hold ${rule.allowed}`,
    fits ? { hint: `write \`${legal}\``, fix: { span: node.span, text: legal } } : computed ? { hint: "a name is written out: it is known before anything runs" } : { hint: several ? rule.several : undefined },
  );
  return undefined;
}

/** What is no part of such a name gives way to one sign. */
function joined(text: string, { pattern, joint }: NameRule): string {
  const signs = [".", "-"].filter((sign) => pattern.test(`a${sign}b`)).join("");
  const legal = text.replaceAll(new RegExp(`[^A-Za-z0-9_${signs}]+`, "g"), joint ?? "_").replace(/^[.-]+/, "");
  return pattern.test(legal) ? legal : `_${legal}`;
}

export const name = (rule: NameRule): Form<Located<string>> => {
  const outline: Outline = { is: "text", called: rule.called, pattern: rule.pattern.source };
  return {
    outline,
    read: (node, at) => (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean" ? wrongForm(node, outline, at) : readName(node, rule, at)),
  };
};
