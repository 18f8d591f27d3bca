// Builds what is published: the library unbundled with its types (dist/lib), and the command as a split bundle (dist/cli).
// The command is bundled because loading LangGraph and the OpenAI client from node_modules costs half a second.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";
import { lazyModules } from "./lazy-modules.mjs";

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
await build({
  entryPoints: { cli: "src/cli/main.ts", "module-worker": "src/adapters/tool/module/worker.ts" },
  outdir: "dist/cli",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [lazyModules],
  chunkNames: "chunk-[hash]",
  // CommonJS dependencies inside an ES module bundle still call require.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
});
