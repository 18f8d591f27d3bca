import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { describeOn } from "../support/servers.js";

/** Servers of this test alone: the others use those that are up. */
const env = { ...process.env, FLOWCTL_SERVERS: `servers-test-${process.pid}` };
const servers = (...words: string[]) => spawnSync(process.execPath, ["scripts/servers.mjs", ...words], { encoding: "utf8", env });

describeOn("nats", "npm run servers", () => {
  afterAll(() => void servers("down"));

  test("starts each once, says where it is, and stops it", () => {
    const up = servers("up", "--cached", "nats");
    expect(up.stdout).toMatch(/^nats {2}nats:\/\/127\.0\.0\.1:\d+\n$/);
    expect(servers("up", "nats").stdout).toBe(up.stdout);
    expect(servers("status", "nats").stdout).toBe(up.stdout);
    expect(servers("down", "nats").stdout).toBe("nats  stopped\n");
    expect(servers("status", "nats").stdout).toBe("nats  not running\n");
  });

  test("refuses what it does not know", () => {
    expect(servers("up", "mars")).toMatchObject({ status: 2, stderr: expect.stringContaining("no server `mars`") });
  });
});
