import { StepError } from "../../core/errors.js";
import type { Output } from "./ready.js";

/** I39: what one step is given, and what it gives, in characters of its JSON, about. */
const MOST = 8 * 1024 * 1024;

/** Raises `limit` for what is too large to be recorded, passed on and kept. */
export function checkSize(output: Output): void {
  if (isTooLarge(output)) throw tooLarge("its output");
}

const isTooLarge = (value: Output): boolean => (typeof value === "object" || typeof value === "string") && sizeOf(value, MOST) > MOST;

const tooLarge = (what: string): StepError => new StepError("limit", `${what} is larger than ${MOST / 1024 / 1024} MB: keep what is large where it can be read again, and pass on where it is`);

/** What an author writes for a step, as it is when it is filled in: a small message may say a long text many times over. */
export function sized<E, T extends Output>(fill: (env: E) => T): (env: E) => T {
  const filled = textual(fill);
  return (env) => {
    const value = filled(env);
    if (isTooLarge(value)) throw tooLarge("what it is given");
    return value;
  };
}

/** The same for what becomes an output, which is measured there: here just what is longer than any text can be. */
export function textual<E, T>(fill: (env: E) => T): (env: E) => T {
  return (env) => {
    try {
      return fill(env);
    } catch (thrown) {
      if (thrown instanceof RangeError && thrown.message === "Invalid string length") throw tooLarge("what it is given");
      throw thrown;
    }
  };
}

/** Sizes of what is looked at once more: a value stands in the outputs of many steps. */
const known = new WeakMap<object, number>();
const WORTH = 4096;

/** Stops counting above `most`. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 4;
  const found = known.get(value);
  if (found !== undefined) return found;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      size += sizeOf(item, most - size) + 1;
      if (size > most) return size;
    }
  } else {
    for (const [name, item] of Object.entries(value)) {
      size += name.length + 4 + sizeOf(item, most - size);
      if (size > most) return size;
    }
  }
  if (size > WORTH) known.set(value, size);
  return size;
}
