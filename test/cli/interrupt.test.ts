import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSilentServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folderWith } from "../support/folder.js";

const flow = (port: number): string => `flowctl: v1
flow: patient
input: { fields: { n: integer } }
tools:
  ask: { http: { url: "http://127.0.0.1:${port}/", method: GET }, effect: read, output: { fields: { a: string } } }
policies:
  patient: { retry: { max: 50, initial: 60s, cap: 60s, jitter: none } }
steps: [ { id: a, tool: ask, with: {}, policy: patient } ]
`;

test("Ctrl-C ends a run by hand that waits for its next attempt", async () => {
  const server = createServer((_request, response) => response.writeHead(503).end());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const cwd = folderWith({ "flow.yaml": flow(address.port), "flowctl.yaml": 'flowctl: v1\nnetwork: { allow: ["127.0.0.1"] }\n' });
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "run", "flow.yaml", "-i", '{"n":1}'], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const stdout = child.stdout.setEncoding("utf8").toArray();
  try {
    await once(server, "request");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect((await stdout).join("")).toBe("");
  } finally {
    child.kill("SIGKILL");
    server.close();
  }
});

test.each([
  [[], "SIGTERM", 0],
  [[], "SIGINT", 130],
  ...(process.platform === "linux" ? [[[], "SIGHUP", 0] as const] : []),
  [["-i", '{"id":"a"}'], "SIGTERM", 130],
] as const)("run %j that waits for a server at its start: %s ends it with %i", async (input, signal, code) => {
  // It takes connections, and says nothing.
  const server = createSilentServer();
  const connected = once(server, "connection");
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const cwd = folderWith({
    "flow.yaml": 'flowctl: v1\nflow: f\ntopics: { a: { message: { fields: { id: string } } } }\non: a\nsteps: [ { set: "${input.id}" } ]\n',
    "flowctl.yaml": `flowctl: v1\nstore: "postgresql://flowctl@127.0.0.1:${address.port}/flowctl"\n`,
  });
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "run", "flow.yaml", "--no-tui", ...input], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  const stderr = child.stderr.setEncoding("utf8").toArray();
  try {
    await connected;
    child.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect((await stderr).join("")).toBe("flowctl: stopped before it began\n");
  } finally {
    child.kill("SIGKILL");
    server.close();
  }
});

test.each([
  [[], 0],
  [["-i", '{"id":"a"}'], 130],
] as const)("run %j that has just what it needs to begin: a signal that comes in that moment ends it with %i", async (input, code) => {
  const cwd = folderWith({
    "flow.yaml": 'flowctl: v1\nflow: f\ntopics: { a: { message: { fields: { id: string } } } }\non: a\nsteps: [ { wait: 1h } ]\n',
    // Whoever listens no more has a signal on its way.
    "signal.mjs": `let sent = false;
const off = process.off;
process.off = (name, listener) => {
  if (name === "SIGTERM" && !sent) {
    sent = true;
    process.kill(process.pid, "SIGTERM");
  }
  return off.call(process, name, listener);
};
`,
  });
  const child = spawn(process.execPath, ["--import", "./signal.mjs", fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "run", "flow.yaml", "--no-tui", ...input], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  const stderr = child.stderr.setEncoding("utf8").toArray();
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  expect(await ended).toEqual([code, null]);
  clearTimeout(late);
  expect((await stderr).join("")).toContain("stopping; once more to end at once");
}, 30_000);
