import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { asShown, commands, fences, looks } from "../support/markdown.js";
import { openShell } from "../support/shell.js";

/** Every YAML and every command of README and docs is run. A page's blocks share one folder and one shell, in their order. */
const root = mkdtempSync(join(tmpdir(), "flowctl-docs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bin = join(root, "bin");
mkdirSync(bin);
writeFileSync(join(bin, "flowctl"), `#!/bin/sh\nexec "${process.execPath}" "${resolve("bin/flowctl.js")}" "$@"\n`);
chmodSync(join(bin, "flowctl"), 0o755);
// No key: what a page shows must not depend on the environment of whoever runs the tests.
const { OPENAI_API_KEY: _, ...around } = process.env;
const env = { ...around, NO_COLOR: "1", PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };

/** So long a command that only looks is repeated, ms. */
const LOOK_MS = 40_000;

const pages = ["README.md", ...globSync("docs/*.md")].filter((page) => page !== "docs/errors.md" && fences(page).length > 0).sort();

describe.each(pages)("%s", (page) => {
  const folder = join(root, page.replace(/\W/g, "-"));
  // The package as an application has it: `import … from "flowctl"`.
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(resolve("."), join(folder, "node_modules", "flowctl"));
  const shell = openShell(folder, env);
  afterAll(() => shell[Symbol.asyncDispose]());
  for (const fence of fences(page)) {
    const { file, codes } = fence.options;
    if (file !== undefined) {
      test(`line ${fence.line}: ${file} is written`, () => {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), fence.text);
      });
    }
    if (fence.lang === "yaml" && /^flowctl: v1$/m.test(fence.text) && basename(file ?? "") !== "flowctl.yaml") {
      test(`line ${fence.line}: the flow ${codes === undefined ? "validates" : `gives ${codes}`}`, async () => {
        const { stdout } = await flowctl(["validate", "-", "--format", "json"], { input: fence.text, cwd: folder });
        const found: { code: string; severity: string }[] = JSON.parse(stdout);
        expect(found.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual(codes === undefined ? [] : codes.split(","));
      });
    }
    if (fence.lang === "console") {
      test.each(commands(fence))(`line ${fence.line}: $command`, async ({ command, prints }) => {
        let lines: readonly string[];
        const until = performance.now() + LOOK_MS;
        do lines = await shell.run(command);
        while (looks(command) && !asShown(prints, lines) && performance.now() < until);
        expect(asShown(prints, lines) ? prints : lines).toEqual(prints);
      });
    }
  }
});
