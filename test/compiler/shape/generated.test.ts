import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generated } from "../../../scripts/generate.js";

it.each(Object.entries(generated()))("%s is current: `npm run generate`", (path, text) => {
  expect(readFileSync(path, "utf8") === text).toBe(true);
});
