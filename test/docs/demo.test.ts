import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { fences } from "../support/markdown.js";

const { OPENAI_API_KEY: _, ...env } = process.env;

test("the demo ends well, without a key, and prints what README shows of it", () => {
  const { status, stdout } = spawnSync(process.execPath, ["scripts/demo.mjs"], { encoding: "utf8", env });
  expect(status).toBe(0);
  const shown = fences("README.md").filter(({ lang }) => lang === "text").flatMap(({ text }) => text.trimEnd().split("\n"));
  expect(shown.length).toBeGreaterThan(3);
  const printed = stdout.split("\n");
  for (const line of shown) expect(printed).toContain(line);
  expect(stdout).toContain("the ticket server holds 3 tickets");
});

test("README's two commands stand right under their headings", () => {
  const commands = fences("README.md").filter(({ lang }) => lang === "sh").map(({ text }) => text);
  expect(commands).toEqual(["npm ci && npm run demo\n", "npm ci && npm test\n"]);
});
