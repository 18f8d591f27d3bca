import { StepError } from "../../core/errors.js";
import type { Output } from "./ready.js";

/** I39: what one step gives, in characters of its JSON, about. */
const MOST = 8 * 1024 * 1024;

/** Raises `limit` for what is too large to be recorded, passed on and kept. */
export function checkSize(output: Output): void {
  if (typeof output !== "object" && typeof output !== "string") return;
  if (sizeOf(output, MOST) > MOST) throw new StepError("limit", `its output is larger than ${MOST / 1024 / 1024} MB: keep what is large where it can be read again, and pass on where it is`);
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
