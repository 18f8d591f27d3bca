import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { folderWith } from "../../support/folder.js";

/** The program of the server that the other tests use, with settings of this test. */
export async function startServer(settings: (folder: string) => string): Promise<{ readonly folder: string; readonly port: number; reload(settings: string): Promise<void> }> {
  const { nats }: { readonly nats: { prepare(cached: boolean): Promise<string> } } = await import(new URL("../../../scripts/servers/nats.mjs", import.meta.url).href);
  const program = await nats.prepare(true);
  const folder = folderWith();
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  probe.close();
  await once(probe, "close");
  const file = join(folder, "nats.conf");
  const write = (more: string): void => writeFileSync(file, `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${join(folder, "data")}" }\n${more}`);
  write(settings(folder));
  const child = spawn(program, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended.catch(() => undefined);
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(said)));
  ended.catch(() => undefined);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const says = async (text: string): Promise<void> => {
    while (!said.includes(text)) await Promise.race([once(child.stderr, "data"), ended]);
  };
  await says("Server is ready");
  return {
    folder,
    port,
    async reload(more) {
      said = "";
      write(more);
      child.kill("SIGHUP");
      await says("Reloaded server configuration");
    },
  };
}
