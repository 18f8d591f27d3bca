import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { folderWith } from "../../support/folder.js";

/** The program of the server that the other tests use, with settings of this test. */
export async function startServer(settings: (folder: string) => string): Promise<{ readonly folder: string; readonly port: number; write(settings: string): void; reload(settings: string): Promise<void>; restart(between: () => void): Promise<void> }> {
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
  let said = "";
  const launch = () => {
    const child = spawn(program, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    const exit = once(child, "exit");
    const ended = exit.then(() => Promise.reject(new Error(said)));
    ended.catch(() => undefined);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    return { child, exit, ended };
  };
  let server = launch();
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await server.exit;
  });
  const says = async (text: string): Promise<void> => {
    while (!said.includes(text)) await Promise.race([once(server.child.stderr, "data"), server.ended]);
  };
  await says("Server is ready");
  return {
    folder,
    port,
    write,
    async reload(more) {
      said = "";
      write(more);
      server.child.kill("SIGHUP");
      await says("Reloaded server configuration");
    },
    async restart(between) {
      server.child.kill("SIGTERM");
      await server.exit;
      between();
      said = "";
      server = launch();
      await says("Server is ready");
    },
  };
}
