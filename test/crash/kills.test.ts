import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** kill -9 of the process that serves, again and again: `npm run crash` in small. The built command is what is killed. */
const CI = process.env["CI"] === "true";
const SEED = process.env["FLOWCTL_SEED"] ?? (CI ? "20261121" : String(Date.now() % 1_000_000));

for (const { flow, kills, figures } of [
  { flow: "mixed", kills: CI ? 40 : 8, figures: 20 },
  { flow: "saga", kills: CI ? 25 : 5, figures: 15 },
]) {
  test(`nothing is lost and nothing is done twice over ${kills} kills: ${flow}`, { timeout: 900_000 }, async () => {
    const child = spawn(process.execPath, ["scripts/crash.mjs", "--flow", flow, "--kills", String(kills), "--messages", String(kills * 15), "--seed", SEED], { stdio: ["ignore", "pipe", "pipe"] });
    const [said, log] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect({ wrong: said.split("\n").filter((line) => line.startsWith("WRONG")), status: child.exitCode }, `${said}${log}`).toEqual({ wrong: [], status: 0 });
    expect(said.split("\n").filter((line) => line.startsWith("ok")).length).toBeGreaterThan(figures);
  });
}
