// Ten durable steps that do nothing on Restate: prints { perSecond, p50 } as JSON: steps/s of 64 workflows at once, and
// the ms that one workflow alone takes. Restate's log is synced before it answers, as it is by default.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as restate from "@restatedev/restate-sdk";
import * as clients from "@restatedev/restate-sdk-clients";

const STEPS = 10;
const [ingress, admin, node, own] = await freePorts(4);
const folder = mkdtempSync(join(tmpdir(), "flowctl-restate-"));
const server = spawn(new URL("./node_modules/.bin/restate-server", import.meta.url).pathname, ["--no-logo", "--base-dir", folder, "--bind-ip", "127.0.0.1"], {
  env: {
    ...process.env,
    RESTATE_LISTEN_MODE: "tcp", RESTATE_DISABLE_TELEMETRY: "true", RESTATE_LOG_FILTER: "error",
    RESTATE_INGRESS__BIND_PORT: ingress, RESTATE_ADMIN__BIND_PORT: admin, RESTATE_BIND_PORT: node,
    RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "512 MiB",
  },
  stdio: ["ignore", "ignore", "inherit"],
});
const flow = restate.service({
  name: "ten",
  handlers: {
    run: async (ctx, id) => {
      let last;
      for (let step = 0; step < STEPS; step += 1) last = await ctx.run(`t${step}`, async () => ({ id, n: step }));
      return last;
    },
  },
});
try {
  await restate.serve({ services: [flow], port: own });
  await untilUp(`http://127.0.0.1:${admin}/health`);
  const registered = await fetch(`http://127.0.0.1:${admin}/deployments`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ uri: `http://127.0.0.1:${own}` }) });
  if (!registered.ok) throw new Error(await registered.text());
  const client = clients.connect({ url: `http://127.0.0.1:${ingress}` }).serviceClient(flow);
  await many(client, 64, 128);
  const perSecond = (await many(client, 64, 1024)).perSecond;
  const { times } = await many(client, 1, 60);
  process.stdout.write(`${JSON.stringify({ perSecond, p50: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] })}\n`);
} finally {
  server.kill();
  await once(server, "exit");
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function many(client, width, count) {
  let next = 0;
  const times = [];
  const began = performance.now();
  const lane = async () => {
    while (next < count) {
      const id = `r${(next += 1)}`;
      const start = performance.now();
      const last = await client.run(id);
      if (last.n !== STEPS - 1) throw new Error("another answer");
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { perSecond: ((count * STEPS) / (performance.now() - began)) * 1000, times };
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
