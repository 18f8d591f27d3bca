import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a bench of no case is none that passed", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bench/run.mjs", "durable-46"], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^no case holds `durable-46`: there are .*, durable-64, /);
});
