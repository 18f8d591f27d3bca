import { RE2JS } from "re2js";
import { StepError } from "../../core/errors.js";
import { messageOf } from "../../core/message-of.js";

/** Patterns are compiled once; computed ones could be many, so the cache is bounded. */
const MAX_CACHED = 500;
const cache = new Map<string, RE2JS>();

/** RE2, because a pattern comes from a flow or even from data and must not hang (linear time). */
export function matchesPattern(text: string, pattern: string): boolean {
  return compilePattern(pattern).matcher(text).find();
}

export function compilePattern(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new StepError("expr", `\`${pattern}\` is no pattern: ${messageOf(cause)}`, { cause });
  }
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

/** Why a pattern cannot be used, or null. */
export function patternProblem(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
