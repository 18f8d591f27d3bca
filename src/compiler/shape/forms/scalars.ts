import type { Located } from "../ast.js";
import type { Node, ScalarNode } from "../../parse/tree.js";
import { similar } from "../../../core/typing/similar.js";
import { parseDuration } from "../../../core/parse-duration.js";
import type { Form, Outline, Reading } from "./form.js";
import { found } from "./label.js";
import { wrongForm } from "./wrong-form.js";

const scalar = (node: Node): ScalarNode | undefined => (node.kind === "scalar" && node.value !== null ? node : undefined);

/** A scalar kept as a node, so that expressions and holes inside keep their places. */
const scalarForm = (outline: Outline): Form<ScalarNode> => ({
  outline,
  read: (node, at) => scalar(node) ?? wrongForm(node, outline, at),
});

/** Text that may hold `${…}`. */
export const TEXT = scalarForm({ is: "text" });
/** Text where holes may also read secrets (url, headers, api_key, base_url). */
export const CONNECTION = scalarForm({ is: "text", called: "a text" });

/** Text that is taken as it stands. The pattern is for editors; the form that is built on it says what is wrong. */
export const plain = (called?: string, pattern?: string): Form<Located<string>> => {
  const outline: Outline = { is: "text", ...(called === undefined ? {} : { called }), ...(pattern === undefined ? {} : { pattern }) };
  return {
    outline,
    read: (node, at) => {
      const text = scalar(node);
      return text === undefined || text.text === "" ? wrongForm(node, outline, at) : { value: text.text, span: text.span };
    },
  };
};

/** One of a few words. */
export const word = <const W extends string>(...words: readonly W[]): Form<Located<W>> => {
  const outline: Outline = { is: "word", words };
  return {
    outline,
    minor: true,
    read: (node, at) => {
      const text = scalar(node);
      if (text === undefined) return wrongForm(node, outline, at);
      const value = words.find((each) => each === text.text);
      if (value !== undefined) return { value, span: node.span };
      const near = similar(text.text, words);
      at.report("FC2005", node.span, `${at.what} is ${outlineWords(words)}, not ${found(text)}`, {
        hint: near === null ? undefined : `did you mean \`${near}\`?`,
        fix: near === null ? undefined : { span: node.span, text: near },
      });
      return undefined;
    },
  };
};

const outlineWords = (words: readonly string[]): string =>
  words.length === 1 ? `\`${words[0]}\`` : `${words.slice(0, -1).map((each) => `\`${each}\``).join(", ")} or \`${words.at(-1)}\``;

export const BOOLEAN: Form<boolean> = {
  outline: { is: "boolean" },
  minor: true,
  read: (node, at) => (node.kind === "scalar" && typeof node.value === "boolean" ? node.value : wrongForm(node, { is: "boolean" }, at)),
};

interface Range {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}
const numeric = (whole: boolean, range: Range): Form<Located<number>> => {
  const outline: Outline = { is: "number", whole, ...range };
  return {
    outline,
    minor: true,
    read: (node, at) => {
      if (node.kind !== "scalar" || typeof node.value !== "number") return wrongForm(node, outline, at);
      return inRange(node, node.value, outline, at) ? { value: node.value, span: node.span } : undefined;
    },
  };
};

function inRange(node: ScalarNode, value: number, outline: Extract<Outline, { is: "number" }>, at: Reading): boolean {
  const { min = -Infinity, above = -Infinity, max = Infinity, whole } = outline;
  if (value >= min && value > above && value <= max && Number.isFinite(value) && (!whole || Number.isSafeInteger(value))) return true;
  const bounds = [
    ...(min > -Infinity ? [`from ${min} on`] : []),
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(max < Infinity ? [`up to ${max}`] : []),
  ].join(" and ");
  at.report("FC2010", node.span, `${at.what} wants a ${whole ? "whole " : ""}number${bounds === "" ? "" : ` ${bounds}`}, not \`${node.text}\``);
  return false;
}

export const whole = (range: Range): Form<Located<number>> => numeric(true, range);
export const number = (range: Range): Form<Located<number>> => numeric(false, range);

/** A duration in milliseconds, above zero. */
export const DURATION: Form<Located<number>> = {
  outline: { is: "duration" },
  minor: true,
  read: (node, at) => {
    const text = scalar(node);
    if (text === undefined) return wrongForm(node, { is: "duration" }, at);
    const value = parseDuration(text.text);
    if (value !== null && value > 0) return { value, span: node.span };
    at.report("FC2011", node.span, `${at.what} wants a duration above zero, not ${found(text)}`, {
      hint: /^\d{7,}(ms|s|m|h|d)/.test(text.text) ? "the longest is `3650000d`" : typeof text.value === "number" && text.value > 0 ? `a duration has a unit: \`${text.text}s\`, \`${text.text}ms\`` : "write it with a unit: `200ms`, `10s`, `5m`, `24h`, `7d`, `1h30m`",
    });
    return undefined;
  },
};

/** Also the word `forever`. */
export function orForever<T>(form: Form<T>): Form<T | Located<"forever">> {
  return {
    ...form,
    outline: { is: "either", of: [form.outline, { is: "word", words: ["forever"] }] },
    read: (node, at) => (node.kind === "scalar" && node.text === "forever" ? { value: "forever", span: node.span } : form.read(node, at)),
  };
}
