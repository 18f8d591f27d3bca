import { RE2JS } from "re2js";
import { messageOf } from "../core/message-of.js";

export interface Pattern {
  test(text: string): boolean;
}

const known = new Map<string, Pattern | { readonly problem: string }>();

/**
 * A user's pattern on RE2: linear time whatever the text. `problem` is a clause for a message.
 * Patterns match anywhere in the text, as JSON Schema says.
 */
export function compilePattern(source: string): Pattern | { readonly problem: string } {
  let pattern = known.get(source);
  if (pattern === undefined) {
    pattern = compile(source);
    if (known.size < 10_000) known.set(source, pattern);
  }
  return pattern;
}

function compile(source: string): Pattern | { readonly problem: string } {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    return { test: (text) => compiled.test(text) };
  } catch (error) {
    return { problem: explain(source, messageOf(error)) };
  }
}

function explain(source: string, message: string): string {
  const around = /\(\?<?[=!]/.exec(source);
  if (around) return `look-around \`${around[0]}\` is not supported: patterns run in linear time`;
  const back = /\\(?:[1-9]|k<)/.exec(source);
  if (back) return `a backreference \`${back[0]}\` is not supported: patterns run in linear time`;
  const detail = message.replace(/^error parsing regexp: /, "");
  return detail === "" ? "it cannot be read" : detail;
}
