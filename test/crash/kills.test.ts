import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** kill -9 of the process that serves, again and again: `npm run crash` in small. The built command is what is killed. */
const CI = process.env["CI"] === "true";
const KILLS = CI ? 40 : 8;
const SEED = process.env["FLOWCTL_SEED"] ?? (CI ? "20261121" : String(Date.now() % 1_000_000));

test(`nothing is lost and nothing is done twice over ${KILLS} kills`, { timeout: 900_000 }, async () => {
  const child = spawn(process.execPath, ["scripts/crash.mjs", "--kills", String(KILLS), "--messages", String(KILLS * 15), "--seed", SEED], { stdio: ["ignore", "pipe", "pipe"] });
  const [figures, log] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect({ wrong: figures.split("\n").filter((line) => line.startsWith("WRONG")), status: child.exitCode }, `${figures}${log}`).toEqual({ wrong: [], status: 0 });
  expect(figures.split("\n").filter((line) => line.startsWith("ok")).length).toBeGreaterThan(20);
});
