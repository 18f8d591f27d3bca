import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import type { Check } from "../run/ready.js";

/**
 * The value in a model's answer. JSON is asked for, but models put it into Markdown fences or a sentence around it,
 * and forget the quotes of a string: the first reading that fits the schema is taken, else the first one's problem told.
 */
export function readOutput(text: string, check: Check): { readonly output: Json } | { readonly problem: string } {
  let problem: string | null = null;
  for (const candidate of candidates(text)) {
    const value = parsed(candidate);
    if (value === undefined) continue;
    const wrong = check(value);
    if (wrong === null) return { output: value };
    problem ??= wrong;
  }
  if (check(text) === null) return { output: text };
  return { problem: problem ?? "it is no JSON" };
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const [, fenced] of text.matchAll(/```\w*\s*\n([\s\S]*?)```/g)) if (fenced !== undefined) yield fenced;
  for (const [open, close] of BRACKETS) {
    const from = text.indexOf(open);
    const to = text.lastIndexOf(close);
    if (from >= 0 && to > from) yield text.slice(from, to + 1);
  }
}

const BRACKETS = [
  ["{", "}"],
  ["[", "]"],
] as const;

function parsed(text: string): Json | undefined {
  try {
    const value: Json = parseJson(text);
    return value;
  } catch {
    return undefined;
  }
}
