// `npm test`: builds, runs every check and every test, and ends with one line that counts them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks } from "./check.mjs";

const build = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
const total = build.status === 0 ? runChecks() : { passed: 0, failed: 1 };
const folder = mkdtempSync(join(tmpdir(), "flowctl-test-"));
const report = join(folder, "report.json");
const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)];
const tests = spawnSync("vitest", args, { stdio: "inherit" });
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
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
