import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends the process and waits for it. */
  close(): Promise<void>;
}

/** The servers of this folder (and the demo's) as processes of their own. They end when this process does: their stdin closes. */
export async function startServer(name: "model-server" | "tool-server" | "demo-server"): Promise<RunningServer> {
  const file = fileURLToPath(new URL(name === "demo-server" ? "../../flows/servers/demo-server.mjs" : `./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first: unknown = await Promise.race([
    once(lines, "line").then(([line]: unknown[]) => JSON.parse(String(line))),
    ended.then(() => {
      throw new Error(`${name} ended before it said where it listens`);
    }),
  ]);
  if (typeof first !== "object" || first === null || !("url" in first) || typeof first.url !== "string") throw new Error(`${name} did not say where it listens`);
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { url: first.url, close, [Symbol.asyncDispose]: close };
}
