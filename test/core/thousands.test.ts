import { expect, test } from "vitest";
import { thousands } from "../../src/core/thousands.js";

test.each([[0, "0"], [999, "999"], [1000, "1,000"], [12_345, "12,345"], [1_234_567, "1,234,567"], [-1000, "-1,000"], [-100, "-100"]])("%d is read as %s", (value, text) => expect(thousands(value)).toBe(text));
