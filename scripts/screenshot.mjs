// Writes docs/images/tui.svg: the terminal UI on recorded events, as a terminal shows it.
// With --check it writes nothing and fails when the picture is not current.
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Read when Ink is loaded.
Object.assign(process.env, { FORCE_COLOR: "1", NODE_ENV: "production" });
const folder = mkdtempSync(join(resolve("node_modules"), ".screenshot-"));
const bundle = join(folder, "screenshot.mjs");
await build({ entryPoints: ["scripts/screenshot.ts"], outfile: bundle, bundle: true, format: "esm", platform: "node", target: "node24", packages: "external", logLevel: "warning" });
try {
  const { screenshot } = await import(pathToFileURL(bundle).href);
  process.exitCode = (await screenshot(process.argv.includes("--check"))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
