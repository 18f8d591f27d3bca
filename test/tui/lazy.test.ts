import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const DIST = "dist/cli";
/** Stands in React's own code, whatever the bundler calls its files. */
const REACT = "react.transitional.element";

test("React and Ink are in files that no command begins with", () => {
  const files = readdirSync(DIST).filter((name) => /\.c?js$/.test(name));
  const text = new Map(files.map((name) => [name, readFileSync(join(DIST, name), "utf8")]));
  const withReact = files.filter((name) => text.get(name)?.includes(REACT));
  expect(withReact.length).toBeGreaterThan(0);

  const begun = new Set(["cli.js", "validate.cjs"].filter((name) => text.has(name)));
  for (const name of begun) for (const [, imported] of (text.get(name) ?? "").matchAll(/(?:from|import)\s*"\.\/([\w.-]+)"/g)) if (imported !== undefined) begun.add(imported);
  expect(begun.size).toBeGreaterThan(1);
  expect(withReact.filter((name) => begun.has(name))).toEqual([]);
  // React's second self, for development, is not there at all.
  expect(files.filter((name) => text.get(name)?.includes("Each child in a list should have a unique"))).toEqual([]);
});
