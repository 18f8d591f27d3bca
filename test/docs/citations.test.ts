import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const rules = new Set([...readFileSync("docs/design/invariants.md", "utf8").matchAll(/\*\*(I\d+)\b/g)].map(([, rule]) => rule));
const files = globSync(["src/**/*.ts", "test/**/*.ts", "docs/**/*.md", "*.md"]);

test("every rule that a comment or a page cites stands in docs/design/invariants.md", () => {
  const unknown = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\bI\d{1,2}\b/g)].flatMap(([rule]) => (rules.has(rule) ? [] : [`${file}: ${rule}`])));
  expect(unknown).toEqual([]);
});

test("comments cite no page that is not in the repository", () => {
  const lost = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\bdocs\/[\w/-]+\.md\b/g)].flatMap(([page]) => (globSync(page).length > 0 ? [] : [`${file}: ${page}`])));
  expect(lost).toEqual([]);
});
