import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving } from "../support/serving.js";

const flow = (where: string): string => `flowctl: v1
flow: watched
topics: { a: { message: { fields: { n: integer } } }, b: {} }
on: { topic: a, where: ${where} }
steps: [ { emit: b, with: "\${input}" } ]
`;

test("--watch checks again after a save, and ends with 130", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1") });
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "validate", "flow.yaml", "--watch"], { cwd, env: { ...process.env, NO_COLOR: "1" } });
  const ended = once(child, "exit");
  try {
    const stdout = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const stderr = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    expect((await stdout.next()).value).toBe("no problems in 1 file");
    // It says so when it watches: a save before that would be missed.
    expect((await stderr.next()).value).toMatch(/watching 1 folder/);
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
    expect((await stdout.next()).value).toMatch(/^flow\.yaml:4:28: error\[FC3101\]/);
    expect((await stderr.next()).value).toMatch(/watching/);
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.n > 2"));
    for (let line = await stdout.next(); line.value !== "no problems in 1 file"; line = await stdout.next()) expect(line.done).toBe(false);
  } finally {
    child.kill("SIGINT");
  }
  expect(await ended).toEqual([130, null]);
});

test("--watch into a log of the flows' own folder: its lines are no saves", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1"), "check.log": "" });
  const log = openSync(join(cwd, "check.log"), "w");
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "validate", ".", "--watch"], { cwd, stdio: ["ignore", log, log], env: { ...process.env, NO_COLOR: "1" } });
  closeSync(log);
  const ended = once(child, "exit");
  const said = (text: string): number => readFileSync(join(cwd, "check.log"), "utf8").split(text).length - 1;
  try {
    await expect.poll(() => said("watching"), WAIT).toBe(1);
    for (let line = 0; line < 20; line += 1) writeFileSync(join(cwd, "other.log"), `${line}\n`);
    // A save is heard after those lines were.
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
    await expect.poll(() => said("watching"), WAIT).toBe(2);
    // Where a line of the log was a save there is another check by now, without one never.
    writeFileSync(join(cwd, "new.yaml"), flow("msg.n > 2").replace("watched", "another"));
    await expect.poll(() => said("watching"), WAIT).toBe(3);
  } finally {
    child.kill("SIGINT");
  }
  expect(await ended).toEqual([130, null]);
  expect(said("watching")).toBe(3);
});

test("run --watch: errors are told once, whatever else is written into the folder; what is mended is taken", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1") });
  await using server = await serving(cwd, ["flow.yaml", "--watch"]);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
  await expect.poll(server.stderr, WAIT).toContain("the flows go on as they were");
  // A log, such as this process's own: each write is an event of the folder.
  for (let line = 0; line < 20; line += 1) writeFileSync(join(cwd, "flowctl.log"), `${line}\n`);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.n > 2"));
  await expect.poll(server.stderr, WAIT).toContain("new runs of `watched` take version");
  expect(server.stderr().split("the flows go on as they were")).toHaveLength(2);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
  await expect.poll(() => server.stderr().split("the flows go on as they were").length, WAIT).toBe(3);
  expect(await server.stop()).toBe(130);
});

test("run --watch: another endpoint is no other version, and is taken", async () => {
  const hits: string[] = [];
  const servers = await Promise.all(["old", "new"].map((name) => answering(() => hits.push(name))));
  const asks = (url: string): string => `flowctl: v1
flow: asks
topics: { a: { message: { fields: { n: integer } } } }
tools: { t: { http: { method: GET, url: "${url}" }, effect: read } }
on: { topic: a }
steps: [ { tool: t, with: {} } ]
`;
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nnetwork: { allow: [127.0.0.1] }\n", "flow.yaml": asks(servers[0]?.url ?? "") });
  await using server = await serving(cwd, ["flow.yaml", "--watch"]);
  const publish = () => flowctl(["topics", "publish", "a", '{"n":1}'], { cwd });
  await publish();
  await expect.poll(() => hits, WAIT).toEqual(["old"]);
  writeFileSync(join(cwd, "flow.yaml"), asks(servers[1]?.url ?? ""));
  await server.says("`asks` has other endpoints");
  await publish();
  await expect.poll(() => hits, WAIT).toEqual(["old", "new"]);
  for (const one of servers) one.close();
});

/** A server on this machine that answers everything. */
async function answering(hit: () => void): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_, response) => {
    hit();
    response.setHeader("content-type", "application/json").end("{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/`, close: () => void server.close() };
}

const WAIT = { timeout: 30_000 };
