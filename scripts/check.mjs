// `npm run check`: types, lint (layers, promises, exhaustiveness, cycles, banned globals), unused code, package shape.
// Each check is counted like a test, so that `npm test` shows it in its last line.
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

const checks = [
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings", "--report-unused-disable-directives", "src", "test"]],
  ["unused code", "knip", []],
  ["package shape", "publint", ["--strict"]],
  ["published types", "attw", ["--pack", ".", "--profile", "esm-only"]],
  ["generated files are current", process.execPath, ["scripts/generate.mjs", "--check"]],
];

export function runChecks() {
  let passed = 0;
  let failed = 0;
  for (const [name, command, args] of checks) {
    const started = Date.now();
    const result = spawnSync(command, args, { encoding: "utf8" });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (result.status === 0) passed++;
    else failed++;
    process.stdout.write(`${result.status === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)\n`);
    if (result.status !== 0) process.stdout.write(`${result.error ? `${result.error.message}\n` : ""}${result.stdout ?? ""}${result.stderr ?? ""}`);
  }
  return { passed, failed };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = runChecks().failed === 0 ? 0 : 1;
}
