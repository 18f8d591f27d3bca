import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { describeOn } from "../support/servers.js";

/** kill -9 of the broker, of the store, and of one of three processes that serve: `npm run chaos` in small, with servers of its own. */
const SEED = process.env["FLOWCTL_SEED"] ?? (process.env["CI"] === "true" ? "20261121" : String(Date.now() % 1_000_000));

describeOn("postgres", "kills of servers", () =>
  describeOn("nats", "with a broker and a store that are shared", () => {
    test.each([
      ["nats", "mixed"],
      ["postgres", "mixed"],
      ["postgres", "saga"],
    ])("nothing is lost, nothing is done twice, and each key keeps its order: %s, %s", { timeout: 600_000 }, async (on, flow) => {
      const child = spawn(process.execPath, ["scripts/chaos.mjs", "--on", on, "--flow", flow, "--faults", "3", "--messages", "150", "--seed", SEED], { stdio: ["ignore", "pipe", "pipe"] });
      const [said, log] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
      expect({ wrong: said.split("\n").filter((line) => line.startsWith("WRONG")), status: child.exitCode }, `${said}${log}`).toEqual({ wrong: [], status: 0 });
      expect(said.split("\n").filter((line) => line.startsWith("ok")).length).toBeGreaterThan(20);
      expect(said).toContain("1 both");
    });
  }),
);
