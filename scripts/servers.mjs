// `npm run servers -- up|down|status [nats kafka redis postgres]`: real servers for the tests and examples, as processes
// on loopback, without a container. `--cached`: only those that can be had without a download.
import { KINDS, down, status, up } from "./servers/servers.mjs";

const [command, ...words] = process.argv.slice(2);
const cached = words.includes("--cached");
const named = words.filter((word) => word !== "--cached");
const unknown = named.find((name) => !KINDS.includes(name));
const names = named.length > 0 ? named : KINDS;

if (!["up", "down", "status"].includes(command) || unknown !== undefined) {
  process.stderr.write(`${unknown === undefined ? "" : `There is no server \`${unknown}\`.\n`}npm run servers -- up|down|status [--cached] [${KINDS.join(" ")}]\n`);
  process.exit(2);
}
for (const name of names) {
  if (command === "up") {
    const result = await up(name, { cached });
    process.stdout.write(`${name}  ${result.url ?? result.why}\n`);
    if (result.url === undefined) process.exitCode = 1;
  } else {
    const url = command === "down" ? await down(name) : status(name);
    process.stdout.write(`${name}  ${url === null ? "not running" : command === "down" ? "stopped" : url}\n`);
  }
}
