import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatText } from "../../src/cli/format/text.js";
import { compile } from "../../src/compiler/compile.js";

/**
 * Flow files beside what `validate` prints about them: `ok/` and `rules/*.ok.yaml` must be silent, the others not.
 * `vitest run test/compiler/golden.test.ts -u` writes the `.out` files anew: read the difference before committing it.
 */
const root = import.meta.dirname;
const files = (await Promise.all(["ok", "err", "rules"].map((folder) => readdir(join(root, folder), { recursive: true }).then((names) => names.map((name) => join(folder, name))))))
  .flat()
  .filter((name) => name.endsWith(".yaml") && !basename(name).startsWith("_"))
  .sort();

const read = (path: string): string | null => {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
};

describe("flow files and what is said about them", () => {
  it.each(files)("%s", async (file) => {
    const { diagnostics, sources, flows } = compile({ entries: [file], read });
    const isOk = file.startsWith("ok") || file.endsWith(".ok.yaml");
    if (isOk) {
      expect(formatText(diagnostics, sources)).toMatch(/^no problems in /);
      expect(flows.every(({ plan }) => plan !== null)).toBe(true);
    } else {
      expect(diagnostics).not.toEqual([]);
      await expect(formatText(diagnostics, sources)).toMatchFileSnapshot(join(root, file.replace(/\.yaml$/, ".out")));
    }
  });
});
