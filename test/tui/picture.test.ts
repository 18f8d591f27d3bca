import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the picture in the README is what the terminal UI draws", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/screenshot.mjs", "--check"]);
  expect(stdout).not.toContain("not current");
});
