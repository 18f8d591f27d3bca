// Modules of src, bundled as the command is; packages stay outside, so that ours and the baseline share one copy of each.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

let bundles = 0;

/** CommonJS whose names Node cannot import one by one. */
const inside = {
  name: "inside",
  setup: (bundler) => bundler.onResolve({ filter: /^kafkajs(\/|$)/ }, ({ path }) => ({ path: createRequire(import.meta.url).resolve(path) })),
};

/** What lines of `export { … } from "./src/…"` give. */
export async function fromSources(contents) {
  const outfile = `node_modules/.cache/flowctl-bench/flowctl-${process.pid}-${(bundles += 1)}.mjs`;
  await build({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    packages: "external",
    plugins: [inside],
    banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  try {
    return await import(new URL(`../${outfile}`, import.meta.url).href);
  } finally {
    rmSync(outfile);
  }
}
