import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { schemaRegistry } from "../support/schema-registry.js";
import { describeOn } from "../support/servers.js";

const FLOW = "flowctl: v1\nflow: waits\non: { manual: {} }\ninput: string\nsteps: [ { id: pause, wait: 1ms } ]\n";

test("a project file with errors is a line that fails", async () => {
  for (const broken of ["flowctl: v1\nstore: 7\n", "flowctl: [\n"]) {
    const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": broken });
    expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringContaining("MISS project file: has errors: run flowctl validate\n") });
    expect(JSON.parse((await flowctl(["doctor", "-o", "json"], { cwd })).stdout)).toContainEqual({ what: "project file", ok: false, says: "has errors: run flowctl validate" });
  }
});

const AVRO = JSON.stringify({ type: "record", name: "Order", namespace: "shop", fields: [{ name: "id", type: "string" }] });
const EMITS = `flowctl: v1
flow: emits
topics: { orders: { message: { $ref: order.avsc }, format: avro, registry: { subject: orders-value } } }
on: { manual: {} }
input: { fields: { id: string } }
steps: [ { emit: orders, with: { id: "\${input.id}" } } ]
`;

/** The lines of `run`, as one of doctor. */
const inOneLine = (stderr: string): string => {
  const [sentence = "", hint = ""] = stderr.replace(/^flowctl: /, "").split("\n  hint: ");
  return `${sentence} ${hint.charAt(0).toUpperCase()}${hint.slice(1)}`;
};

test("a schema registry that stops `run` is missing, in the same words; one that works is asked and not written to", async () => {
  await using registry = await schemaRegistry();
  for (const [named, code] of [["", "FC6060"], ["registry: http://127.0.0.1:9\n", "FC6061"], [`registry: { url: "${registry.url}", register: false }\n`, "FC6061"]] as const) {
    const cwd = folderWith({ "order.avsc": AVRO, "flow.yaml": EMITS, "flowctl.yaml": `flowctl: v1\n${named}` });
    const { stderr } = await flowctl(["run", "flow.yaml"], { cwd });
    expect(stderr).toContain(code);
    expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringContaining(`MISS registry:     ${inOneLine(stderr)}`) });
  }
  const cwd = folderWith({ "order.avsc": AVRO, "flow.yaml": EMITS, "flowctl.yaml": `flowctl: v1\nregistry: ${registry.url}\n` });
  expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("ok   registry:") });
  expect(registry.asked).not.toContain("POST /subjects/orders-value/versions");
  registry.add("orders-value", { type: "record", name: "Order", namespace: "shop", fields: [{ name: "id", type: "long" }] });
  expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringContaining("MISS registry:     FC6061: The registry at ") });
});

test("a broker that cannot be used is missing, with what `run` says to do", async () => {
  for (const broker of ["{ kind: nats, url: 'nats://127.0.0.1:9' }", "{ kind: redis, url: 'redis://127.0.0.1:9' }"]) {
    const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": `flowctl: v1\nbroker: ${broker}\n` });
    const { stderr } = await flowctl(["run", "flow.yaml"], { cwd });
    expect(stderr).toMatch(/^flowctl: FC6043: [^\n]*[^.]\.\n {2}hint: is it running/);
    expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringContaining(`MISS bus:          ${inOneLine(stderr)}`) });
  }
});

test("a server that takes the connection and says nothing holds up the end of no command", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : null;
  const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": `flowctl: v1\nbroker: { kind: nats, url: 'nats://127.0.0.1:${port}' }\n` });
  const [run, doctor] = await Promise.all([flowctl(["run", "flow.yaml"], { cwd }), flowctl(["doctor"], { cwd })]);
  expect(run).toMatchObject({ status: 3, stderr: expect.stringContaining("cannot be used: timeout.") });
  expect(doctor).toMatchObject({ status: 3, stdout: expect.stringContaining("cannot be used: timeout.") });
}, 30_000);

test("what is to be typed next names the flows and the profile", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW.replace("id: pause", "idd: pause"), "flowctl.yaml": "flowctl: v1\nprofiles: { there: {} }\n" });
  expect((await flowctl(["doctor", "flow.yaml", "--profile", "there", "--set", "store=sqlite:my db"], { cwd })).stdout).toMatch(/: run flowctl validate flow\.yaml --profile there --set 'store=sqlite:my db'\n/);
});

describeOn("postgres", "doctor on PostgreSQL", (url) => {
  test("topics that have no broker are missing, in the words of `run`", async () => {
    const topics = "flowctl: v1\nflow: copies\ntopics: { in: { message: string } }\non: { topic: in }\nsteps: [ { id: pause, wait: 1ms } ]\n";
    const { username, password, host, pathname } = new URL(url);
    const cwd = folderWith({ "flow.yaml": topics, "flowctl.yaml": `flowctl: v1\nstore: { kind: postgres, url: "postgresql://${username}@${host}${pathname}", ${password === "" ? "" : 'password: "${env:PG_PASSWORD}", '}schema: doctor_${crypto.randomUUID().replaceAll("-", "")} }\n` });
    const env = { PG_PASSWORD: password };
    const { status, stderr } = await flowctl(["run", "flow.yaml"], { cwd, env });
    expect([status, stderr]).toEqual([3, expect.stringContaining("FC6055")]);
    expect(await flowctl(["doctor"], { cwd, env })).toMatchObject({ status: 3, stdout: expect.stringContaining(`MISS bus:          ${inOneLine(stderr)}`) });
  });

  test("what its budgets and tables hold is told, as of a file", async () => {
    const flow = `flowctl: v1
flow: spends
models: { m: { provider: scripted, model: m, answers: { a: well }, price: { in: 1, out: 2 } } }
agents: { a: { model: m, instructions: Say yes. } }
tables: { seen: { key: string, value: string } }
on: { manual: {} }
input: string
budget: { usd: 1, per: day }
steps: [ { id: said, agent: a }, { put: seen, key: "\${input}", with: "\${steps.said}" } ]
`;
    const { username, password, host, pathname } = new URL(url);
    const store = `{ kind: postgres, url: "postgresql://${username}@${host}${pathname}", ${password === "" ? "" : 'password: "${env:PG_PASSWORD}", '}schema: doctor_${crypto.randomUUID().replaceAll("-", "")} }`;
    const cwd = folderWith({ "flow.yaml": flow, "flowctl.yaml": `flowctl: v1\nstore: ${store}\n` });
    const env = { PG_PASSWORD: password };
    expect(await flowctl(["run", "flow.yaml", "-i", '"x"'], { cwd, env })).toMatchObject({ status: 0 });
    expect((await flowctl(["doctor", "flow.yaml"], { cwd, env })).stdout).toMatch(/ok {3}tables: {7}1 row: flowctl tables list\nok {3}budget: {7}spends, \d{4}-\d\d-\d\d: \d+ tokens, \$0\.\d{4} spent or held back\n/);
  });
});

test("a database that `run` cannot make or write is missing, in the same words, and no command takes it for one that is not there yet", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW });
  writeFileSync(join(cwd, "file"), "");
  // As a folder that this user may not look into is, but for every user.
  symlinkSync("loop", join(cwd, "loop"));
  for (const place of ["file/flowctl.db", "loop/flowctl.db"]) {
    const args = ["--set", `store=sqlite:${place}`];
    expect(await flowctl(["run", "flow.yaml", ...args], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6013: The database ") });
    const { status, stdout } = await flowctl(["doctor", "flow.yaml", ...args], { cwd });
    expect(stdout).toMatch(/^MISS store: .*FC6013: The database `.*flowctl\.db` cannot be written: .*\. Its folder must be there/m);
    expect(status).toBe(3);
  }
  for (const command of [["runs", "list"], ["topics", "list"], ["backup", "copy.db"]]) {
    const { status, stderr } = await flowctl([...command, "--set", "store=sqlite:loop/flowctl.db"], { cwd });
    expect({ command, status, stderr }).toEqual({ command, status: 3, stderr: expect.stringContaining("FC6013: The database ") });
  }
});
