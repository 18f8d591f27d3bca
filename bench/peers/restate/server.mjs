// A Restate server in a folder of its own, with these services; its log is synced before it answers, as it is by default.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as restate from "@restatedev/restate-sdk";
import * as clients from "@restatedev/restate-sdk-clients";

/** Calls `use(client)` for the service; the process has to be ended then. */
export async function withRestate(service, use) {
  const [ingress, admin, node, own] = await freePorts(4);
  const folder = mkdtempSync(join(tmpdir(), "flowctl-restate-"));
  const server = spawn(new URL("./node_modules/.bin/restate-server", import.meta.url).pathname, ["--no-logo", "--base-dir", folder, "--bind-ip", "127.0.0.1"], {
    env: {
      ...process.env,
      RESTATE_LISTEN_MODE: "tcp", RESTATE_DISABLE_TELEMETRY: "true", RESTATE_LOG_FILTER: "error,octocrab=off",
      RESTATE_INGRESS__BIND_PORT: ingress, RESTATE_ADMIN__BIND_PORT: admin, RESTATE_BIND_PORT: node,
      RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "512 MiB",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    await restate.serve({ services: [service], port: own });
    await untilUp(`http://127.0.0.1:${admin}/health`);
    const registered = await fetch(`http://127.0.0.1:${admin}/deployments`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ uri: `http://127.0.0.1:${own}` }) });
    if (!registered.ok) throw new Error(await registered.text());
    await use(clients.connect({ url: `http://127.0.0.1:${ingress}` }).serviceClient(service));
  } finally {
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilUp(url) {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("restate-server did not start");
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((one) => once(one, "listening")));
  const ports = servers.map((one) => one.address().port);
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return ports;
}
