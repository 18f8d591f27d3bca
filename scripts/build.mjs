// Builds what is published: the library unbundled with its types (dist/lib), and the command as a split bundle (dist/cli).
// The command is bundled because loading LangGraph and the OpenAI client from node_modules costs half a second.
import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { SELDOM, lazyModules, validateAlone } from "./lazy-modules.mjs";

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
const common = {
  outdir: "dist/cli",
  bundle: true,
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  // React has a second, slow self for development, and Ink a debugger that nobody installs.
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
  // Ink loads it with DEV=true only.
  external: ["react-devtools-core"],
};
const command = {
  ...common,
  format: "esm",
  plugins: [lazyModules],
  // CommonJS dependencies inside an ES module bundle still call require.
  banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
};
await Promise.all([
  build({
    ...command,
    entryPoints: { cli: "src/cli/main.ts", [SELDOM]: `src/cli/validate/${SELDOM}.ts`, "module-worker": "src/adapters/tool/module/worker.ts", "sqlite-worker": "src/adapters/sqlite/worker.ts" },
    splitting: true,
    chunkNames: "chunk-[hash]",
  }),
  // One script: each file more that a command begins with costs a millisecond.
  build({
    ...common,
    entryPoints: { validate: "src/cli/validate-alone.ts" },
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    plugins: [validateAlone, lazyModules],
    banner: { js: "(function (module, require) {" },
    footer: { js: "})" },
  }),
  build({ ...common, entryPoints: { ajv: "ajv/dist/2020.js", re2js: "re2js", yaml: "yaml" }, format: "cjs", outExtension: { ".js": ".cjs" } }),
]);
const script = readFileSync("dist/cli/validate.cjs", "latin1");
writeFileSync("dist/cli/validate.cjs", `/*${hash("sha256", script).slice(0, 32)}*/${script}`, "latin1");
