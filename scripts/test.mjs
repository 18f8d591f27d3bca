// `npm test`: builds, runs every check and every test, and ends with one line that counts them. The servers that tests
// need are started where no download is needed for it; with FLOWCTL_REQUIRE_SERVERS they are fetched, and must be there.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks } from "./check.mjs";
import { KINDS, down, status, up } from "./servers/servers.mjs";

const onlyCached = process.env.FLOWCTL_REQUIRE_SERVERS === undefined;
// What takes a minute to be built, meanwhile: a test that finds it missing would wait for it alone.
const tools = onlyCached ? null : once(spawn(process.execPath, ["scripts/servers/tools.mjs", "nats"], { stdio: "inherit" }), "exit");
const build = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
const total = build.status === 0 ? runChecks() : { passed: 0, failed: 1 };
const started = await startServers();
await tools;
const folder = mkdtempSync(join(tmpdir(), "flowctl-test-"));
const report = join(folder, "report.json");
const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)];
// Each test file is a process, and many start threads and commands: they compile what they share once.
const tests = spawnSync("vitest", args, { stdio: "inherit", env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") } });
try {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  total.passed += counts.numPassedTests;
  // A file that does not load has no failed test of its own, but is a failure.
  total.failed += Math.max(counts.numFailedTests, counts.numFailedTestSuites > 0 ? 1 : 0, tests.status === 0 ? 0 : 1);
  if (counts.numPendingTests > 0) process.stdout.write(`${counts.numPendingTests} skipped\n`);
} catch (error) {
  process.stdout.write(`the test runner gave no report: ${error instanceof Error ? error.message : String(error)}\n`);
  total.failed += 1;
}
rmSync(folder, { recursive: true, force: true });
for (const name of started) await down(name);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** Gives those that were not up before. */
async function startServers() {
  const names = [];
  for (const name of KINDS) {
    if (process.env[`FLOWCTL_${name.toUpperCase()}_URL`] !== undefined || status(name) !== null) continue;
    const { url, why } = await up(name, { cached: onlyCached }).catch((error) => ({ why: error.message }));
    process.stdout.write(`${name}  ${url ?? `${why}; tests that need it are ${onlyCached ? "skipped" : "failures"}`}\n`);
    if (url !== undefined) names.push(name);
  }
  return names;
}
