// `npm run demo`: three of the seed flows from end to end, offline and without a key, against a small server of the
// services that they write to, which is started here and ended again.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const folder = mkdtempSync(join(tmpdir(), "flowctl-demo-"));
const server = spawn(process.execPath, ["flows/servers/demo-server.mjs"], { stdio: ["pipe", "pipe", "inherit"] });
const { url } = await firstLine(server);
let failed = false;
try {
  title("Supply chain: 10,000 sales events, a detector without a model, a planner agent with a tool, a booking over HTTP");
  const sales = join(folder, "sales.jsonl");
  spawnSync(process.execPath, ["flows/supply-chain/data/generate.mjs", "--seed", "7", "--events", "10000"], { stdio: ["ignore", openSync(sales, "w"), "inherit"] });
  flowctl(["run", "flows/supply-chain", "-i", `sales=${sales}`, "--profile", "offline", "--fresh"], 3);
  await ask("/dispatches", (bookings) => `the logistics server holds ${bookings.length} bookings`);

  title("Customer support: a router agent, retrieval over Markdown, an answer, or a ticket opened once");
  flowctl(["run", "flows/customer-support", "-i", "flows/customer-support/data/messages.jsonl", "--profile", "offline", "--fresh"], 12);
  await ask("/tickets", (tickets) => `the ticket server holds ${tickets.length} tickets`);

  title("Fulfilment: an agent, then a saga over a shelf, a till and a carrier: what cannot be shipped is taken back");
  flowctl(["run", "flows/fulfilment", "-i", "flows/fulfilment/data/orders.jsonl", "--profile", "offline", "--fresh"], 5);
  await ask("/shop", ({ parcels, units, cents }) => `the shop sent ${parcels.length} parcels with ${units} units for ${cents} cents; nothing is left of the other orders`);
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

function title(text) {
  process.stdout.write(`\n${text}\n\n`);
}

/** Shows the command, the first lines of what it prints on stdout, and all of its summary. */
function flowctl(args, lines) {
  process.stdout.write(`$ flowctl ${args.join(" ").replaceAll(folder, "/tmp")}\n`);
  const env = { ...process.env, LOGISTICS_URL: url, TICKETS_URL: url, SHOP_URL: url };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/flowctl.js", ...args], { encoding: "utf8", env, maxBuffer: 1 << 28 });
  const printed = stdout.split("\n").filter((line) => line !== "");
  for (const line of printed.slice(0, lines)) process.stdout.write(`${line}\n`);
  if (printed.length > lines) process.stdout.write(`… and ${printed.length - lines} more\n`);
  process.stdout.write(`${stderr}`);
  if (status !== 0) {
    failed = true;
    process.stdout.write(`flowctl ended with ${status}\n`);
  }
}

async function ask(path, say) {
  const answer = await fetch(`${url}${path}`);
  process.stdout.write(`${say(await answer.json())}\n`);
}

function firstLine(child) {
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the demo server ended with ${code}`)));
    createInterface({ input: child.stdout }).once("line", (line) => done(JSON.parse(line)));
  });
}
