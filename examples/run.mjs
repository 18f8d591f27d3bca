// `npm run example -- nats|kafka|redis`: the supply-chain flows on that broker, from sales to bookings, offline and
// without a key. The broker is the one at NATS_URL, KAFKA_URL or REDIS_URL; without it one is started as a process and
// stopped again. The commands are those of the example's README.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { down, status, up } from "../scripts/servers/servers.mjs";

const BROKERS = ["nats", "kafka", "redis"];
const EVENTS = "2000";
/** Long enough for a machine that has much else to do, ms. */
const PATIENCE_MS = 120_000;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [broker] = process.argv.slice(2);
if (!BROKERS.includes(broker)) {
  process.stderr.write(`npm run example -- ${BROKERS.join("|")}\n`);
  process.exit(2);
}
const cwd = here(broker);
const variable = `${broker.toUpperCase()}_URL`;
const ours = process.env[variable] === undefined && status(broker) === null;
const url = process.env[variable] ?? (await started());
// A store of its own: in the one of the last time these events are known, and dropped.
const store = mkdtempSync(join(tmpdir(), "flowctl-example-"));
const logistics = spawn(process.execPath, [here("../flows/servers/demo-server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
const env = { ...process.env, [variable]: url, LOGISTICS_URL: (await firstLine(logistics)).url };
const place = ["--set", `store=sqlite:${join(store, "flowctl.db")}`];

try {
  show(["topics", "apply", "--yes"]);
  const server = spawn(process.execPath, [here("../bin/flowctl.js"), "run", "--no-tui", ...place], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  process.stdout.write("$ flowctl run --no-tui &\n");
  await serving(server);
  const sales = spawnSync(process.execPath, [here("../flows/supply-chain/data/generate.mjs"), "--seed", "7", "--events", EVENTS], { encoding: "utf8" });
  process.stdout.write(`$ generate | flowctl topics publish sales -\n${sales.stderr}`);
  flowctl(["topics", "publish", "sales", "-"], sales.stdout);
  const expected = Number(/(\d+) alarms/.exec(sales.stderr)?.[1]);
  const booked = await bookings(expected);
  show(["topics", "lag"]);
  show(["topics", "tail", "dispatched", "--last", "3"]);
  server.kill("SIGTERM");
  const [code] = await once(server, "exit");
  process.stdout.write(`${expected} alarms, ${booked} plans at the logistics service; flowctl run ended with ${code}\n`);
  process.exitCode = booked === expected && code === 0 ? 0 : 1;
} finally {
  logistics.stdin.end();
  rmSync(store, { recursive: true, force: true });
  if (ours) await down(broker);
}

async function started() {
  const { url: made, why } = await up(broker);
  if (made !== undefined) return made;
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

function flowctl(args, input) {
  const { status: code, stdout, stderr } = spawnSync(process.execPath, [here("../bin/flowctl.js"), ...args, ...place], { cwd, env, encoding: "utf8", input });
  if (code !== 0) throw new Error(`flowctl ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

function show(args) {
  process.stdout.write(`$ flowctl ${args.join(" ")}\n${flowctl(args)}`);
}

/** Plans that were booked or refused, once all are there: a plan that comes twice is one. */
async function bookings(expected) {
  for (const until = performance.now() + PATIENCE_MS; ; await pause(200)) {
    const answer = await fetch(`${env.LOGISTICS_URL}/dispatches`);
    const plans = new Set((await answer.json()).map(({ plan }) => plan));
    if (plans.size >= expected || performance.now() > until) return plans.size;
  }
}

async function serving(child) {
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("serving")) break;
  }
  child.stderr.resume();
  if (child.exitCode !== null) throw new Error(`flowctl run ended with ${child.exitCode}`);
}

function firstLine(child) {
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the logistics server ended with ${code}`)));
    createInterface({ input: child.stdout }).once("line", (line) => done(JSON.parse(line)));
  });
}
