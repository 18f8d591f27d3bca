import { StepError } from "../../core/errors.js";
import { compare } from "./equal.js";
import { Duration, Timestamp } from "./time.js";

type Numeric = (a: number, b: number) => number;
const NUMERIC: Readonly<Record<"+" | "-" | "*" | "/" | "%", Numeric>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** All numbers are doubles; `+` also joins texts and lists; instants and lengths of time add and subtract. */
export function arithmetic(fn: "+" | "-" | "*" | "/" | "%"): (a: unknown, b: unknown) => unknown {
  const compute = NUMERIC[fn];
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return compute(a, b);
    if (fn === "+" && typeof a === "string" && typeof b === "string") return a + b;
    if (fn === "+" && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
    if (fn === "+" || fn === "-") {
      if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(compute(a.ms, b.ms));
      if (a instanceof Duration && b instanceof Duration) return new Duration(compute(a.ms, b.ms));
      if (fn === "+" && a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.ms + b.ms);
      if (fn === "-" && a instanceof Timestamp && b instanceof Timestamp) return new Duration(a.ms - b.ms);
    }
    throw new StepError("expr", `\`${fn}\` cannot be applied to these values`);
  };
}

/** Comparisons with NaN are false, as those of values without an order. */
export function ordered(fn: "<" | "<=" | ">" | ">="): (a: unknown, b: unknown) => boolean {
  switch (fn) {
    case "<":
      return (a, b) => (typeof a === "number" && typeof b === "number" ? a < b : compare(a, b) < 0);
    case "<=":
      return (a, b) => (typeof a === "number" && typeof b === "number" ? a <= b : compare(a, b) <= 0);
    case ">":
      return (a, b) => (typeof a === "number" && typeof b === "number" ? a > b : compare(a, b) > 0);
    case ">=":
      return (a, b) => (typeof a === "number" && typeof b === "number" ? a >= b : compare(a, b) >= 0);
  }
}
