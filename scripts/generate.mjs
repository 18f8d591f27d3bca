// Writes what is made from the definitions and the diagnostics table: schemas/, docs/reference/, docs/errors.md.
// With --check it writes nothing and fails when a file is not current.
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = mkdtempSync(join(resolve("node_modules"), ".generate-"));
const bundle = join(folder, "generate.mjs");
await build({ entryPoints: ["scripts/generate.ts"], outfile: bundle, bundle: true, format: "esm", platform: "node", target: "node24", packages: "external", logLevel: "warning" });
try {
  const { generate } = await import(pathToFileURL(bundle).href);
  process.exitCode = generate(process.argv.includes("--check")) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
