import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it.each([
  [["scripts/simulate.mjs", "--seeds", "many"], "--seeds is a whole number from 1 on, not `many`"],
  [["scripts/simulate.mjs", "--seeds", "0"], "--seeds is a whole number from 1 on, not `0`"],
  [["scripts/crash.mjs", "--kills", "1e"], "--kills is a whole number from 1 on, not `1e`"],
  [["scripts/chaos.mjs", "--seed", "x"], "--seed is a whole number from 0 on, not `x`"],
])("a check that would try nothing has not passed: %s", (words, said) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: "", stderr: `${said}\n` });
});
