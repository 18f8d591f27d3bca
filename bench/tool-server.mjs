// A service in a process of its own that answers each POST with the id that it was sent: `node bench/tool-server.mjs` prints
// where it listens, and ends with its standard input.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(import.meta.url);

export async function startToolServer() {
  const child = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const origin of createInterface({ input: child.stdout })) return { origin, stop: () => void child.stdin.end() };
  throw new Error("the service of the bench did not start");
}

function serve() {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { id } = JSON.parse(Buffer.concat(chunks).toString());
      response.setHeader("content-type", "application/json").end(JSON.stringify({ id, n: 0 }));
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
  process.stdin.resume().on("end", () => process.exit(0));
}

if (process.argv[1] === file) serve();
